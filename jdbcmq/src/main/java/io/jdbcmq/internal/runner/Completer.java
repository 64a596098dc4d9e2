package io.jdbcmq.internal.runner;

import io.jdbcmq.internal.notify.Worker;
import io.jdbcmq.internal.sql.Database;
import io.jdbcmq.internal.sql.RunKey;
import io.jdbcmq.internal.sql.SettleCalls;
import io.jdbcmq.internal.sql.SqlErrors;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the outcomes of runs to the database, many in one statement.
 *
 * <p>An outcome that arrives while nothing is going on leaves at once. While outcomes keep coming,
 * they are gathered for a millisecond. What fails for a passing reason is repeated until it
 * succeeds or the lease is lost; that is safe, because a run that is settled already is refused. A
 * statement that fails for a lasting reason is repeated for each outcome alone, so that one cannot
 * hold up the others.
 */
final class Completer {
  private static final Logger LOG = LoggerFactory.getLogger(Completer.class);
  private static final int MAX_BATCH = 500;
  private static final Duration GATHER = Duration.ofMillis(1);
  private static final Duration TIDY = Duration.ofMillis(20);
  private static final Duration IDLE = Duration.ofSeconds(1);

  private final Database database;
  private final SettleCalls calls;
  private final Consumer<Run> onSettled;
  private final BlockingQueue<Outcome> arriving = new LinkedBlockingQueue<>();
  private final Worker worker = new Worker("completer", Duration.ofSeconds(2), this::step);

  // What the worker's thread has taken and not settled yet, by kind.
  private final List<Outcome.Completed> completed = new ArrayList<>();
  private final List<Outcome.Failed> failed = new ArrayList<>();
  private final List<Outcome.HandedBack> unknown = new ArrayList<>();
  private final List<Outcome.HandedBack> unstarted = new ArrayList<>();
  private final List<Outcome.InDoubt> inDoubt = new ArrayList<>();
  private final DoubtfulRuns doubtful = new DoubtfulRuns();
  private final EndedClaims endedClaims = new EndedClaims();
  private long lastStepNanos = System.nanoTime();

  /** A completer, not yet started; tells of each run that it has settled or given up. */
  Completer(Database database, SettleCalls calls, Consumer<Run> onSettled) {
    this.database = database;
    this.calls = calls;
    this.onSettled = onSettled;
  }

  void start() {
    worker.start();
  }

  /** Takes an outcome. Bounded by the runner, which fetches nothing while too many wait. */
  void add(Outcome outcome) {
    arriving.add(outcome);
  }

  /** Stops; what is not settled by then is left to the lease. */
  void close() {
    worker.close();
    if (worker.join(Duration.ofSeconds(5))) {
      try {
        forgetClaims();
      } catch (SQLException | RuntimeException e) {
        LOG.debug("claims were not forgotten: {}", SqlErrors.describe(e));
      }
    }
  }

  private void step() throws SQLException, InterruptedException {
    if (isSettled()) {
      gather();
    }
    settle(completed, this::complete);
    settle(failed, this::fail);
    settle(unknown, (c, runs, claims) -> handBack(c, runs, true, claims));
    settle(unstarted, (c, runs, claims) -> handBack(c, runs, false, claims));
    resolve();
    if (arriving.isEmpty()) {
      forgetClaims();
    }
    lastStepNanos = System.nanoTime();
  }

  private boolean isSettled() {
    return completed.isEmpty()
        && failed.isEmpty()
        && unknown.isEmpty()
        && unstarted.isEmpty()
        && inDoubt.isEmpty();
  }

  private void gather() throws InterruptedException {
    Duration patience = doubtful.isEmpty() ? IDLE : TIDY;
    Outcome first = arriving.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
    if (first != null) {
      long gathered = System.nanoTime() - lastStepNanos;
      worker.pause(Duration.ofNanos(Math.max(0, GATHER.toNanos() - gathered)));
      List<Outcome> batch = new ArrayList<>();
      batch.add(first);
      arriving.drainTo(batch, MAX_BATCH - 1);
      batch.forEach(this::sort);
    }
    inDoubt.addAll(doubtful.due(System.nanoTime()));
  }

  private void sort(Outcome outcome) {
    if (outcome instanceof Outcome.Completed end) {
      completed.add(end);
    } else if (outcome instanceof Outcome.Failed end) {
      failed.add(end);
    } else if (outcome instanceof Outcome.HandedBack end) {
      (end.unknown() ? unknown : unstarted).add(end);
    } else if (outcome instanceof Outcome.InDoubt end) {
      inDoubt.add(end);
    } else if (outcome instanceof Outcome.Done end) {
      settled(end.run());
    }
  }

  /** Settles outcomes of one kind, all in one statement, and empties the list. */
  private <O extends Outcome> void settle(List<O> outcomes, Settling<O> settling)
      throws SQLException {
    giveUpFenced(outcomes);
    if (outcomes.isEmpty()) {
      return;
    }
    try {
      settleTogether(outcomes, settling);
      outcomes.clear();
    } catch (SQLException e) {
      if (!SqlErrors.isAboutData(e)) {
        throw e;
      }
      LOG.warn("settling {} runs at once failed: {}", outcomes.size(), SqlErrors.describe(e));
      settleOneByOne(outcomes, settling);
    }
  }

  private <O extends Outcome> void settleTogether(List<O> outcomes, Settling<O> settling)
      throws SQLException {
    Set<Long> claims = endedClaims.with(outcomes);
    Predicate<UUID> isSettled =
        database.inOwnTransaction(connection -> settling.settle(connection, outcomes, claims));
    boolean allSettled = true;
    for (O outcome : outcomes) {
      if (isSettled.test(outcome.run().id())) {
        settled(outcome.run());
      } else {
        allSettled = false;
        inDoubt.add(new Outcome.InDoubt(outcome.run(), outcome));
      }
    }
    if (allSettled) {
      endedClaims.forgotten(claims);
    }
  }

  private <O extends Outcome> void settleOneByOne(List<O> outcomes, Settling<O> settling)
      throws SQLException {
    for (Iterator<O> rest = outcomes.iterator(); rest.hasNext(); ) {
      O outcome = rest.next();
      try {
        settleTogether(List.of(outcome), settling);
      } catch (SQLException e) {
        if (!SqlErrors.isAboutData(e)) {
          throw e;
        }
        LOG.error(
            "the outcome of {} cannot be stored: {}. Its job goes back without using an attempt",
            outcome.run(),
            SqlErrors.describe(e));
        onSettled.accept(outcome.run());
      }
      rest.remove();
    }
  }

  /** The lease is lost, and with it the right to say anything about the job. */
  private void giveUpFenced(List<? extends Outcome> outcomes) {
    outcomes.removeIf(
        outcome -> {
          if (outcome.run().isFenced()) {
            onSettled.accept(outcome.run());
            return true;
          }
          return false;
        });
  }

  private void settled(Run run) {
    endedClaims.settled(run.claim());
    onSettled.accept(run);
  }

  private Predicate<UUID> complete(
      Connection connection, List<Outcome.Completed> runs, Set<Long> claims) throws SQLException {
    Set<UUID> refused = calls.complete(connection, keys(runs), claims);
    return id -> !refused.contains(id);
  }

  private Predicate<UUID> fail(Connection connection, List<Outcome.Failed> runs, Set<Long> claims)
      throws SQLException {
    List<String> errors = runs.stream().map(Outcome.Failed::error).toList();
    Map<UUID, Boolean> failed = calls.fail(connection, keys(runs), errors, claims);
    for (Outcome.Failed run : runs) {
      if (Boolean.TRUE.equals(failed.get(run.run().id()))) {
        LOG.warn("{} was the last attempt: the job is a dead letter", run.run());
      }
    }
    return failed::containsKey;
  }

  private Predicate<UUID> handBack(
      Connection connection, List<Outcome.HandedBack> runs, boolean ofUnknown, Set<Long> claims)
      throws SQLException {
    return calls.handBack(connection, keys(runs), ofUnknown, claims)::contains;
  }

  /** Finds out what became of runs that somebody else may have settled. */
  private void resolve() throws SQLException {
    giveUpFenced(inDoubt);
    if (inDoubt.isEmpty()) {
      return;
    }
    Map<UUID, Boolean> open =
        database.inOwnTransaction(connection -> calls.resolve(connection, keys(inDoubt)));
    for (Outcome.InDoubt outcome : inDoubt) {
      Boolean locked = open.get(outcome.run().id());
      if (locked == null) {
        reportSettledElsewhere(outcome);
        settled(outcome.run());
      } else if (locked) {
        doubtful.add(outcome, System.nanoTime());
      } else {
        LOG.debug("{} is still open after all", outcome.run());
        sort(outcome.ifOpen());
      }
    }
    inDoubt.clear();
  }

  private static void reportSettledElsewhere(Outcome.InDoubt outcome) {
    if (outcome.ifOpen() instanceof Outcome.Completed) {
      LOG.warn(
          "{} was not completed by this run: it had lost its lease, the job was cleared, or the"
              + " answer to its completion was lost",
          outcome.run());
    }
  }

  private void forgetClaims() throws SQLException {
    if (!endedClaims.isEmpty()) {
      Set<Long> claims = endedClaims.with(List.of());
      database.inOwnTransaction(connection -> calls.complete(connection, List.of(), claims));
      endedClaims.forgotten(claims);
    }
  }

  private static List<RunKey> keys(List<? extends Outcome> outcomes) {
    return outcomes.stream().map(outcome -> outcome.run().key()).toList();
  }

  /** A statement that settles outcomes of one kind, forgets claims, and tells what it settled. */
  @FunctionalInterface
  private interface Settling<O> {
    Predicate<UUID> settle(Connection connection, List<O> outcomes, Set<Long> claims)
        throws SQLException;
  }
}
