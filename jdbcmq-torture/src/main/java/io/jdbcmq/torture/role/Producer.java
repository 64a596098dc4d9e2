package io.jdbcmq.torture.role;

import io.jdbcmq.JobQueue;
import io.jdbcmq.job.BlockedChannel;
import io.jdbcmq.job.DeadLetter;
import io.jdbcmq.job.IndeterminateException;
import io.jdbcmq.job.JobQueueException;
import io.jdbcmq.job.JobState;
import io.jdbcmq.job.SendResult;
import io.jdbcmq.job.StorageException;
import io.jdbcmq.torture.history.Event;
import io.jdbcmq.torture.history.Event.Act;
import io.jdbcmq.torture.history.Event.Result;
import io.jdbcmq.torture.history.Journal;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends jobs in all ways that there are, and notes what it was told. For one thread. */
final class Producer {
  private static final Logger LOG = LoggerFactory.getLogger(Producer.class);

  /** How SQLSTATEs begin of what happens without an injected fault, too. */
  private static final List<String> PASSING = List.of("08", "57", "53300", "40001", "40P01");

  /** SQLSTATEs that tell that a transaction was rolled back: serialization failure, deadlock. */
  private static final Set<String> ROLLED_BACK = Set.of("40001", "40P01");

  /** How SQLSTATEs begin of what is wrong with the call itself. */
  private static final List<String> REFUSING = List.of("22", "23", "42");

  /** The header that names a job in the histories: its id is not always chosen here. */
  static final String ORIGIN = "origin";

  private static final int REMEMBERED = 200;
  private static final long MOMENT_MS = 250;

  private final DataSource dataSource;
  private final JobQueue queue;
  private final Journal journal;
  private final String process;
  private final long seed;
  private SplittableRandom random;
  private Planner planner;
  private final Deque<UUID> delayed = new ArrayDeque<>();
  private final Deque<UUID> recent = new ArrayDeque<>();
  private long acts;
  private int operations;

  /**
   * A producer.
   *
   * @param process its name in the journal, unique among all producers
   */
  Producer(DataSource dataSource, JobQueue queue, Journal journal, String process, long seed) {
    this.dataSource = dataSource;
    this.queue = queue;
    this.journal = journal;
    this.process = process;
    this.seed = seed;
    this.random = new SplittableRandom(seed);
    this.planner = new Planner(random);
  }

  /**
   * Sends, reserves, or cancels something: what, is decided by the seed and the number of the act,
   * and not by what came of those before. But a key that is sent by several threads at once is that
   * of the time.
   */
  void act() throws InterruptedException {
    random = new SplittableRandom(seed + (acts++ << 32));
    planner = new Planner(random);
    int kind = random.nextInt(100);
    if (kind < 25) {
      send(List.of(planner.request(false)));
    } else if (kind < 37) {
      send(planner.requests(false));
    } else if (kind < 50) {
      send(planner.requests(true));
    } else if (kind < 67) {
      sendInTransaction();
    } else if (kind < 83) {
      sendUnique();
    } else if (kind < 90) {
      reserve();
    } else if (kind < 94) {
      cancel();
    } else if (kind < 97) {
      send(planner.holding());
    } else {
      manage();
    }
  }

  private void send(List<Planned> plan) {
    String operation = begin(plan);
    end(
        operation,
        () -> {
          queue.send(plan.stream().map(Planned::request).toList());
          return Result.OK;
        });
    plan.stream()
        .filter(job -> !job.request().delay().isZero())
        .forEach(job -> delayed.add(job.sent().id()));
    remember(plan);
  }

  /** Those of them whose ids are known, to be cancelled. */
  private void remember(List<Planned> plan) {
    plan.stream().filter(Planned::hasOwnId).map(job -> job.sent().id()).forEach(recent::add);
    while (recent.size() > REMEMBERED) {
      recent.remove();
    }
  }

  /** At any time, or when others do so, too. */
  private void sendUnique() throws InterruptedException {
    Planned planned = random.nextBoolean() ? planner.unique() : planner.unique(nextMoment());
    String operation = begin(List.of(planned));
    end(operation, () -> told(operation, queue.send(planned.request())));
  }

  /** Waits for a time at which other threads send, which have waited as well. */
  private static long nextMoment() throws InterruptedException {
    long now = System.currentTimeMillis();
    long moment = now / MOMENT_MS + 1;
    Thread.sleep(moment * MOMENT_MS - now);
    return moment;
  }

  private Result told(String operation, SendResult result) {
    if (result instanceof SendResult.Duplicate duplicate) {
      journal.note(new Event.Existing(System.nanoTime(), process, operation, duplicate.id()));
      return Result.ABSENT;
    }
    return Result.OK;
  }

  private void sendInTransaction() throws InterruptedException {
    List<Planned> plan = new ArrayList<>(planner.requests(random.nextBoolean()));
    plan.addAll(planner.requests(false));
    boolean rollsBack = random.nextInt(5) == 0;
    boolean isLong = random.nextInt(20) == 0;
    String operation = begin(plan);
    Result result =
        inTransaction(
            operation,
            rollsBack,
            connection -> {
              send(connection, plan);
              if (isLong) {
                Thread.sleep(Planner.SHORT.toMillis());
              }
              return Result.OK;
            });
    if (result == Result.OK) {
      remember(plan);
    }
  }

  /** In a list, one by one, or as SQL does. */
  private void send(Connection connection, List<Planned> plan) throws SQLException {
    int way = random.nextInt(3);
    if (way == 0) {
      queue.send(connection, plan.stream().map(Planned::request).toList());
      return;
    }
    for (Planned planned : plan) {
      if (way == 1) {
        queue.send(connection, planned.request());
      } else {
        BySql.send(connection, planned.request());
      }
    }
  }

  private void reserve() throws InterruptedException {
    Planned planned = planner.reserved();
    UUID id = planned.sent().id();
    String operation = begin(List.of(planned));
    Result reserved =
        end(operation, () -> told(operation, queue.reserve(planned.request(), Planner.SHORT)));
    int course = random.nextInt(10);
    if (reserved.isInVain() || course == 0) {
      return; // it ends by itself
    }
    if (course > 7) {
      manage(
          Act.EXTEND,
          id,
          Planner.SHORT.multipliedBy(3).toMillis(),
          () -> queue.extend(id, Planner.SHORT.multipliedBy(3)));
      Thread.sleep(random.nextInt((int) Planner.SHORT.toMillis() * 4));
    }
    if (course < 4) {
      Thread.sleep(random.nextInt((int) Planner.SHORT.toMillis() * 2)); // now and then too late
    }
    commit(id);
  }

  /** By itself, or in a transaction, in which the reservation may end. */
  private void commit(UUID id) throws InterruptedException {
    String operation = nextOperation();
    journal.note(new Event.Committing(System.nanoTime(), process, operation, id));
    if (random.nextInt(3) > 0) {
      end(operation, () -> queue.commit(id) ? Result.OK : Result.ABSENT);
      return;
    }
    boolean rollsBack = random.nextInt(5) == 0;
    int restMs = random.nextInt((int) Planner.SHORT.toMillis());
    inTransaction(
        operation,
        rollsBack,
        connection -> {
          boolean isInTime = queue.commit(connection, id);
          Thread.sleep(restMs);
          return isInTime ? Result.OK : Result.ABSENT;
        });
  }

  /** A job that is likely to wait for its time, or one that may be anywhere, or be over. */
  private void cancel() {
    UUID id = random.nextBoolean() ? delayed.pollFirst() : recent.pollLast();
    if (id == null) {
      return;
    }
    delayed.remove(id);
    recent.remove(id);
    String operation = nextOperation();
    journal.note(new Event.Cancelling(System.nanoTime(), process, operation, id));
    end(
        operation,
        () ->
            switch (queue.cancel(id)) {
              case WAS_WAITING -> Result.NEVER_RUNS;
              case WAS_RUNNING -> Result.OK;
              case NOT_LIVE -> Result.ABSENT;
            });
  }

  /** Does to a dead job, or to one that holds its channel, what somebody would have to do. */
  private void manage() {
    try {
      List<BlockedChannel> blocked =
          queue.channels().blocked(100).stream()
              .filter(channel -> channel.headState() == JobState.DEAD)
              .toList();
      if (!blocked.isEmpty() && random.nextInt(3) > 0) {
        BlockedChannel channel = blocked.get(random.nextInt(blocked.size()));
        manage(Act.UNBLOCK, channel.headId(), 0, () -> queue.channels().unblock(channel.channel()));
        return;
      }
      List<UUID> dead =
          blocked.isEmpty()
              ? queue.deadLetters().list(10).stream().map(DeadLetter::id).toList()
              : blocked.stream().map(BlockedChannel::headId).toList();
      if (dead.isEmpty()) {
        return;
      }
      UUID id = dead.get(random.nextInt(dead.size()));
      if (random.nextBoolean()) {
        manage(Act.REDRIVE, id, 0, () -> queue.deadLetters().redrive(List.of(id)).contains(id));
      } else {
        manage(Act.DISCARD, id, 0, () -> queue.deadLetters().discard(List.of(id)).contains(id));
      }
    } catch (JobQueueException e) {
      LOG.debug("nothing was found to be managed", e);
    }
  }

  private void manage(Act act, UUID id, long forMs, BooleanSupplier call) {
    String operation = nextOperation();
    journal.note(new Event.Managing(System.nanoTime(), process, operation, act, id, forMs));
    end(operation, () -> call.getAsBoolean() ? Result.OK : Result.ABSENT);
  }

  /** Does something, and notes what became of it. */
  private Result end(String operation, Supplier<Result> call) {
    Result result;
    try {
      result = call.get();
    } catch (IndeterminateException e) {
      result = Result.UNKNOWN;
    } catch (JobQueueException e) {
      result = failed(operation, e);
    }
    note(operation, result);
    return result;
  }

  /** Does something in a transaction of its own, and notes what became of it. */
  private Result inTransaction(String operation, boolean rollsBack, Statements statements)
      throws InterruptedException {
    Result result = transact(operation, rollsBack, statements);
    note(operation, result);
    return result;
  }

  private Result transact(String operation, boolean rollsBack, Statements statements)
      throws InterruptedException {
    boolean commits = false;
    try (Connection connection = dataSource.getConnection()) {
      Workers.begin(connection);
      Result result = statements.run(connection);
      if (rollsBack) {
        connection.rollback();
        return Result.ROLLED_BACK;
      }
      commits = true;
      connection.clearWarnings();
      connection.commit();
      return isUnconfirmed(connection.getWarnings()) ? Result.UNKNOWN : result;
    } catch (SQLException e) {
      return commits && !isRolledBack(e) ? Result.UNKNOWN : failed(operation, e);
    } catch (JobQueueException e) {
      return failed(operation, e);
    }
  }

  private static Result failed(String operation, JobQueueException e) {
    if (e.isTransient()) {
      LOG.info("{} has failed: {}", operation, e.getMessage());
      return e instanceof StorageException storage && !mayPass(storage.sqlState())
          ? Result.ERROR
          : Result.FAILED;
    }
    LOG.error("{} was refused", operation, e);
    return Result.REFUSED;
  }

  /** The answer to a commit tells that there was none. */
  private static boolean isRolledBack(SQLException e) {
    return ROLLED_BACK.contains(String.valueOf(e.getSQLState()));
  }

  private static Result failed(String operation, SQLException e) {
    String sqlState = Objects.requireNonNullElse(e.getSQLState(), "");
    if (REFUSING.stream().anyMatch(sqlState::startsWith)) {
      LOG.error("{} was refused", operation, e);
      return Result.REFUSED;
    }
    LOG.info("{} has failed: {}", operation, e.getMessage());
    return mayPass(sqlState) ? Result.FAILED : Result.ERROR;
  }

  /** By itself: a connection that was not to be had, a deadlock of a caller's transaction. */
  private static boolean mayPass(String sqlState) {
    return sqlState.isEmpty() || PASSING.stream().anyMatch(sqlState::startsWith);
  }

  private void note(String operation, Result result) {
    journal.note(new Event.Ended(System.nanoTime(), process, operation, result));
  }

  private String begin(List<Planned> plan) {
    String operation = nextOperation();
    journal.note(
        new Event.Sending(
            System.nanoTime(), process, operation, plan.stream().map(Planned::sent).toList()));
    return operation;
  }

  private String nextOperation() {
    return process + "-" + operations++;
  }

  static boolean isUnconfirmed(@Nullable SQLWarning warning) {
    return warning != null && "01000".equals(warning.getSQLState());
  }

  /** What is done in a transaction. */
  @FunctionalInterface
  private interface Statements {
    /** Tells what became of it, if the transaction commits. */
    Result run(Connection connection) throws SQLException, InterruptedException;
  }
}
