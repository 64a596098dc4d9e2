package io.jdbcmq.internal.runner;

import io.jdbcmq.internal.notify.WorkSignal;
import io.jdbcmq.internal.runner.InlineRun.End;
import io.jdbcmq.internal.runner.Settlements.Kind;
import io.jdbcmq.internal.sql.ClaimAnswer;
import io.jdbcmq.internal.sql.ClaimCalls;
import io.jdbcmq.internal.sql.Database;
import io.jdbcmq.internal.sql.InlineCalls;
import io.jdbcmq.internal.sql.LeaseCalls;
import io.jdbcmq.internal.sql.LeaseCalls.RunnerInfo;
import io.jdbcmq.internal.sql.RunCalls;
import io.jdbcmq.internal.sql.SettleCalls;
import io.jdbcmq.job.LeaseLostException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Runs jobs one by one in the caller's thread, for tests: claimed, run and settled as a runner
 * does, without its threads. Holds a lease for an hour, which nothing renews.
 *
 * <p>Not thread-safe.
 */
public final class InlineRunner implements AutoCloseable {
  private static final Duration LEASE = Duration.ofHours(1);
  private static final Duration PATIENCE = Duration.ofDays(1);
  private static final int MAX_TRIES = 100;
  private static final List<String> NO_CHANNEL = List.of("\uFFFF jdbcmq: promotes only");

  private final Database database;
  private final LeaseCalls leases;
  private final ClaimCalls claims;
  private final InlineCalls inlineCalls;
  private final RunContext context;
  private final RunEvents events;
  private final Watchdog watchdog;
  private final HandlerInvoker invoker;
  private final Settlements settlements;
  private final UUID runnerId = UUID.randomUUID();
  private String lastGroup = "";

  private InlineRunner(KitAccess.QueueParts queue, Handlers handlers) {
    this.database = Database.of(queue.dataSource());
    this.leases = new LeaseCalls(queue.schema());
    this.claims = new ClaimCalls(queue.schema());
    this.inlineCalls = new InlineCalls(queue.schema());
    this.context =
        new RunContext(new RunCalls(queue.schema()), database, queue.codec(), Optional.empty());
    this.events = new RunEvents(queue.events(), handlers.onError());
    // A handler that does not heed its interrupt holds the caller's thread: nobody can report it.
    this.watchdog = new Watchdog(PATIENCE, new Runs(new Slots(1, 1, new WorkSignal())), o -> {});
    this.invoker = new HandlerInvoker(handlers, database, watchdog, events);
    this.settlements = new Settlements(database, new SettleCalls(queue.schema()), events);
  }

  /**
   * A runner with a lease; to be closed.
   *
   * @throws SQLException if it could not be registered
   */
  public static InlineRunner start(KitAccess.QueueParts queue, Handlers handlers)
      throws SQLException {
    InlineRunner runner = new InlineRunner(queue, handlers);
    RunnerInfo info = new RunnerInfo(ProcessHandle.current().pid(), "inline", "inline", List.of());
    runner.database.inOwnTransaction(
        connection -> {
          runner.leases.register(connection, runner.runnerId, LEASE, info);
          return true;
        });
    return runner;
  }

  /**
   * Runs the job whose turn it is.
   *
   * @param channels groups to look at; empty: all
   * @return empty if none is due
   */
  public Optional<InlineRun> runNext(List<String> channels) throws SQLException {
    while (true) {
      ClaimAnswer answer =
          database.inOwnTransaction(connection -> claim(connection, channels, lastGroup));
      lastGroup = answer.lastGroup();
      if (!answer.jobs().isEmpty() || answer.taken() == 0) {
        return run(answer);
      }
    }
  }

  /**
   * Runs this job before those whose turn it would be.
   *
   * @return empty if it cannot run now
   */
  public Optional<InlineRun> run(UUID id, String channelName) throws SQLException {
    for (int tries = 0; tries < MAX_TRIES; tries++) {
      database.inOwnTransaction(connection -> claim(connection, NO_CHANNEL, ""));
      Optional<ClaimAnswer> answer = claimOnly(id, channelName);
      if (answer.isPresent()) {
        return run(answer.get());
      }
    }
    return Optional.empty();
  }

  /**
   * Claims this job or none; empty: it claimed another, which has just become due, and undid it.
   */
  private Optional<ClaimAnswer> claimOnly(UUID id, String channelName) throws SQLException {
    try (Connection others = database.open();
        Connection own = database.open()) {
      boolean othersBefore = others.getAutoCommit();
      boolean ownBefore = own.getAutoCommit();
      others.setAutoCommit(false);
      own.setAutoCommit(false);
      try {
        inlineCalls.lockOthers(others, channelName, id);
        ClaimAnswer answer = claim(own, List.of(channelName), "");
        if (answer.jobs().stream().allMatch(job -> job.key().id().equals(id))) {
          own.commit();
          return Optional.of(answer);
        }
        return Optional.empty();
      } finally {
        own.rollback();
        others.rollback();
        own.setAutoCommit(ownBefore);
        others.setAutoCommit(othersBefore);
      }
    }
  }

  private ClaimAnswer claim(Connection connection, List<String> channels, String after)
      throws SQLException {
    return claims.claim(connection, runnerId, channels, after, 1, Duration.ZERO);
  }

  private Optional<InlineRun> run(ClaimAnswer answer) throws SQLException {
    if (answer.jobs().isEmpty()) {
      return Optional.empty();
    }
    Claim claim = new Claim(answer.claimId().orElseThrow(), runnerId, 1);
    Outcome outcome = invoker.run(new Run(answer.jobs().get(0), claim, context));
    events.ended(outcome);
    return Optional.of(ended(settle(outcome)));
  }

  /** Settles an outcome and returns the one that holds: in doubt if that is not known. */
  private Outcome settle(Outcome outcome) throws SQLException {
    Run run = outcome.run();
    Set<Long> claim = Set.of(run.claim().id());
    if (outcome instanceof Outcome.InDoubt doubt) {
      return resolve(doubt);
    }
    if (outcome instanceof Outcome.Done) {
      settlements.forget(claim);
      return outcome;
    }
    Kind kind = kindOf(outcome);
    long begunNanos = System.nanoTime();
    boolean settled = settlements.settle(kind, List.of(outcome), claim).test(run.id());
    events.settled(kind, 1, begunNanos);
    return settled ? outcome : resolve(new Outcome.InDoubt(run, outcome));
  }

  private Outcome resolve(Outcome.InDoubt doubt) throws SQLException {
    Boolean locked = settlements.resolve(List.of(doubt)).get(doubt.run().id());
    if (locked == null) {
      Outcome done = new Outcome.Done(doubt.run());
      events.ended(done);
      return settle(done);
    }
    if (locked) {
      return doubt;
    }
    events.ended(doubt.ifOpen());
    return settle(doubt.ifOpen());
  }

  private static Kind kindOf(Outcome outcome) {
    if (outcome instanceof Outcome.Completed) {
      return Kind.COMPLETED;
    }
    if (outcome instanceof Outcome.Failed) {
      return Kind.FAILED;
    }
    if (outcome instanceof Outcome.Snoozed) {
      return Kind.SNOOZED;
    }
    return ((Outcome.HandedBack) outcome).unknown() ? Kind.UNKNOWN : Kind.UNSTARTED;
  }

  private static InlineRun ended(Outcome outcome) {
    Optional<Throwable> error = Optional.ofNullable(RunEvents.errorOf(outcome));
    return new InlineRun(outcome.run().attempt(), endOf(outcome, error), error);
  }

  private static End endOf(Outcome outcome, Optional<Throwable> error) {
    if (outcome instanceof Outcome.InDoubt) {
      return End.UNDECIDED;
    }
    if (outcome instanceof Outcome.Done) {
      return error.filter(LeaseLostException.class::isInstance).isPresent()
          ? End.GONE // whatever the handler had begun before it was told
          : endOf(outcome.run().ending().way());
    }
    return switch (kindOf(outcome)) {
      case COMPLETED -> End.COMPLETED;
      case FAILED -> End.FAILED;
      case SNOOZED -> End.SNOOZED;
      case UNKNOWN -> End.NO_HANDLER;
      case UNSTARTED -> End.HANDED_BACK;
    };
  }

  private static End endOf(Ending.Way way) {
    return switch (way) {
      case NONE -> End.GONE;
      case COMPLETE -> End.COMPLETED;
      case SNOOZE -> End.SNOOZED;
      case GIVE_UP -> End.FAILED;
    };
  }

  /**
   * Ends the lease.
   *
   * @throws SQLException if the database refused it; the lease then ends by itself
   */
  @Override
  public void close() throws SQLException {
    watchdog.close();
    database.inOwnTransaction(
        connection -> {
          leases.retire(connection, runnerId);
          return true;
        });
  }
}
