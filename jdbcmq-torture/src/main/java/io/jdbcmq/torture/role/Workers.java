package io.jdbcmq.torture.role;

import io.jdbcmq.JobRegistry;
import io.jdbcmq.job.Checkpoint;
import io.jdbcmq.job.CurrentJob;
import io.jdbcmq.job.JobHandler;
import io.jdbcmq.job.JobQueueException;
import io.jdbcmq.job.LeaseLostException;
import io.jdbcmq.torture.history.Event;
import io.jdbcmq.torture.history.Event.Outcome;
import io.jdbcmq.torture.history.Journal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;

/** The handlers of all kinds of work. They note what they do, and leave effects in the database. */
final class Workers {
  /** An interrupted handler has ten seconds to end; then the runner gives it up. */
  private static final Duration GIVEN_UP = Duration.ofSeconds(15);

  private static final Checkpoint CHECKPOINT = Checkpoint.json(AsSent.SAVED);
  private static final Duration PAUSE = Duration.ofMillis(300);
  private static final String INSERT = "insert into public.effects (job, run) values (?, ?)";

  private final DataSource dataSource;
  private final Journal journal;
  private final String process;
  private final Duration lease;
  private final boolean knowsAll;
  private final AtomicLong runs = new AtomicLong();

  Workers(
      DataSource dataSource, Journal journal, String process, Duration lease, boolean knowsAll) {
    this.dataSource = dataSource;
    this.journal = journal;
    this.process = process;
    this.lease = lease;
    this.knowsAll = knowsAll;
  }

  /**
   * Handlers of all kinds of work, but for some that a runner may not know: it hands such jobs
   * back.
   */
  JobRegistry registry() {
    JobRegistry.Builder registry = JobRegistry.builder();
    if (knowsAll) {
      handle(registry, Work.FLAKY, this::flaky);
      handle(registry, Work.SNOOZING, this::snooze);
    }
    registry.handleInTransaction(Work.EFFECT.jobName(), this::effect);
    handle(registry, Work.PLAIN, (job, run) -> note(run, Outcome.RETURNED));
    handle(registry, Work.OWN, this::own);
    handle(registry, Work.STUBBORN, this::stubborn);
    handle(registry, Work.SLOW, this::slow);
    handle(registry, Work.LATE, this::late);
    handle(registry, Work.CHECKPOINT, this::checkpoint);
    handle(registry, Work.HOPELESS, (job, run) -> fail(run));
    handle(registry, Work.EXTENDING, this::extend);
    handle(registry, Work.GIVING_UP, this::giveUp);
    handle(registry, Work.WAVERING, this::waver);
    handle(registry, Work.HANGING, this::hang);
    handle(registry, Work.DEADLY, this::deadly);
    handle(registry, Work.GREEDY, this::takeAllMemory);
    return registry.build();
  }

  private void handle(JobRegistry.Builder registry, Work work, Body body) {
    JobHandler handler = job -> body.run(job, start(job));
    registry.handle(work.jobName(), handler);
  }

  private String start(CurrentJob job) {
    String run = process + "-" + runs.incrementAndGet();
    journal.note(
        new Event.Started(
            System.nanoTime(), process, run, origin(job), job.attempt(), AsSent.payload(job)));
    return run;
  }

  private static UUID origin(CurrentJob job) {
    return UUID.fromString(job.headers().get(Producer.ORIGIN));
  }

  private void note(String run, Outcome outcome) {
    journal.note(new Event.Finished(System.nanoTime(), process, run, outcome));
  }

  private void effect(CurrentJob job, Connection connection) throws SQLException {
    String run = start(job);
    insert(connection, job, run);
    journal.note(new Event.Completing(System.nanoTime(), process, run));
    note(run, Outcome.RETURNED);
  }

  /** Some take a moment, in which others do what this transaction does not see. */
  private void own(CurrentJob job, String run) throws SQLException {
    boolean isPatient = (origin(job).getLeastSignificantBits() & 7) == 0;
    complete(job, run, Point.NONE, isPatient ? Manner.PATIENT : Manner.PLAIN);
  }

  /** Takes a moment, so that a runner that stands still is likely to have one of these in hand. */
  private void stubborn(CurrentJob job, String run) throws SQLException {
    complete(job, run, Point.NONE, Manner.STUBBORN);
  }

  private void slow(CurrentJob job, String run) throws Exception {
    Thread.sleep(lease.toMillis() * 3 / 2);
    own(job, run);
  }

  private void late(CurrentJob job, String run) throws SQLException {
    passUninterruptibly(lease.toMillis() * 3 / 2);
    save(job, run, CHECKPOINT);
    complete(job, run, Point.NONE, Manner.STUBBORN);
  }

  private void flaky(CurrentJob job, String run) throws SQLException {
    if (job.attempt() == 1) {
      fail(run);
    }
    own(job, run);
  }

  private void checkpoint(CurrentJob job, String run) throws SQLException {
    if (job.attempt() == 1) {
      save(job, run, CHECKPOINT);
      fail(run);
    }
    if (!hasCheckpoint(job)) {
      // The first attempt may have ended before it saved anything: its runner was killed.
      save(job, run, CHECKPOINT);
    }
    own(job, run);
  }

  private void extend(CurrentJob job, String run) {
    if (!hasCheckpoint(job)) {
      save(job, run, CHECKPOINT.withExtraRetries(1));
    }
    fail(run);
  }

  private void save(CurrentJob job, String run, Checkpoint checkpoint) {
    journal.note(new Event.Saving(System.nanoTime(), process, run));
    try {
      job.checkpoint(checkpoint);
      journal.note(new Event.Saved(System.nanoTime(), process, run, false));
    } catch (LeaseLostException e) {
      journal.note(new Event.Saved(System.nanoTime(), process, run, true));
      throw e;
    }
  }

  private static boolean hasCheckpoint(CurrentJob job) {
    return AsSent.payload(job) == Event.Payload.SAVED;
  }

  private void snooze(CurrentJob job, String run) throws SQLException {
    if (hasCheckpoint(job)) {
      own(job, run);
      return;
    }
    if ((origin(job).getLeastSignificantBits() & 1) == 0) {
      save(job, run, CHECKPOINT);
      job.snooze(PAUSE);
      note(run, Outcome.THREW);
      return;
    }
    try (Connection connection = dataSource.getConnection()) {
      begin(connection);
      try {
        journal.note(new Event.Saving(System.nanoTime(), process, run));
        job.checkpoint(connection, CHECKPOINT);
        job.snooze(connection, PAUSE);
        connection.commit();
      } catch (Error e) {
        discard(connection);
        throw e;
      }
    }
    note(run, Outcome.THREW);
  }

  private void giveUp(CurrentJob job, String run) {
    note(run, Outcome.THREW);
    job.giveUp("on purpose");
  }

  /**
   * Half of these handlers ignore that they are interrupted, for longer than any lease, or for so
   * long that the runner gives them up.
   */
  private void hang(CurrentJob job, String run) throws SQLException {
    if (job.attempt() > 1) {
      own(job, run);
      return;
    }
    long kind = origin(job).getLeastSignificantBits() & 3;
    if (kind < 2) {
      passUninterruptibly(kind == 0 ? lease.toMillis() * 3 : GIVEN_UP.toMillis());
    } else {
      while (!Thread.interrupted()) {
        LockSupport.parkNanos(Long.MAX_VALUE);
      }
    }
    fail(run);
  }

  private void waver(CurrentJob job, String run) throws SQLException {
    if (job.attempt() > 1 || (origin(job).getLeastSignificantBits() & 1) == 0) {
      complete(job, run, Point.NONE, Manner.SLOW);
      return;
    }
    try (Connection connection = dataSource.getConnection()) {
      begin(connection);
      try {
        insert(connection, job, run);
        job.complete(connection);
        passUninterruptibly(lease.toMillis() * 3 / 2);
        connection.rollback();
      } catch (Error e) {
        discard(connection);
        throw e;
      }
    }
    fail(run);
  }

  private void deadly(CurrentJob job, String run) throws SQLException {
    complete(job, run, job.attempt() == 1 ? point(job) : Point.NONE, Manner.PLAIN);
  }

  private void takeAllMemory(CurrentJob job, String run) throws SQLException {
    if (job.attempt() == 1) {
      Deque<byte[]> taken = new ArrayDeque<>();
      while (!Thread.currentThread().isInterrupted()) {
        taken.add(new byte[1 << 20]);
        if (taken.getLast().length == 0) {
          throw new AssertionError("so that all of it is kept");
        }
      }
    }
    own(job, run);
  }

  private void fail(String run) {
    note(run, Outcome.THREW);
    throw new IllegalStateException("on purpose");
  }

  private static void passUninterruptibly(long milliseconds) {
    long end = System.nanoTime() + milliseconds * 1_000_000;
    while (System.nanoTime() < end) {
      LockSupport.parkNanos(10_000_000);
      boolean ignored = Thread.interrupted();
    }
  }

  /**
   * Writes the effect and completes the job in one transaction.
   *
   * @param death where the process ends
   */
  private void complete(CurrentJob job, String run, Point death, Manner manner)
      throws SQLException {
    death.at(Point.STARTED);
    try (Connection connection = dataSource.getConnection()) {
      begin(connection);
      boolean isRefused = false;
      boolean commits = false;
      try {
        insert(connection, job, run);
        death.at(Point.WRITTEN);
        if (manner == Manner.STUBBORN || manner == Manner.PATIENT) {
          passUninterruptibly(PAUSE.toMillis());
        }
        try {
          job.complete(connection);
        } catch (LeaseLostException e) {
          isRefused = true;
          if (manner != Manner.STUBBORN) {
            throw e;
          }
        }
        if (manner == Manner.SLOW) {
          passUninterruptibly(lease.toMillis() * 3 / 2);
        }
        journal.note(new Event.Completing(System.nanoTime(), process, run));
        death.at(Point.COMPLETED);
        commits = true;
        connection.clearWarnings();
        connection.commit();
        death.at(Point.COMMITTED);
        note(run, isRefused ? Outcome.REFUSED : confirmed(connection));
      } catch (SQLException | JobQueueException e) {
        note(run, isRefused ? Outcome.REFUSED : commits ? Outcome.UNKNOWN : Outcome.THREW);
        throw e;
      } catch (Error e) {
        discard(connection);
        throw e;
      }
    }
  }

  /**
   * Where the server refuses BEGIN, because it is cancelled, it executes what the driver has sent
   * with it all the same, and commits it: nothing that is written, for that reason.
   */
  static void begin(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    try (PreparedStatement harmless = connection.prepareStatement("show transaction_isolation")) {
      harmless.execute();
    }
  }

  /**
   * The driver may have been interrupted in the middle of an answer, by a lack of memory: it no
   * longer knows what is open, so nobody may use the connection again.
   */
  private static void discard(Connection connection) throws SQLException {
    connection.abort(Runnable::run);
  }

  private static Outcome confirmed(Connection connection) throws SQLException {
    return Producer.isUnconfirmed(connection.getWarnings()) ? Outcome.UNKNOWN : Outcome.COMPLETED;
  }

  private static void insert(Connection connection, CurrentJob job, String run)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
      statement.setObject(1, origin(job));
      statement.setString(2, run);
      statement.executeUpdate();
    }
  }

  /** One of the points but the last, always the same of a job. */
  private static Point point(CurrentJob job) {
    return Point.values()[(int) (origin(job).getLeastSignificantBits() & 3)];
  }

  /** Where a process may end. */
  private enum Point {
    STARTED,
    WRITTEN,
    COMPLETED,
    COMMITTED,
    NONE;

    /** Ends the process if this is the point. */
    void at(Point reached) {
      if (this == reached) {
        Runtime.getRuntime().halt(1);
      }
    }
  }

  /** How a handler completes its job. */
  private enum Manner {
    PLAIN,
    /** It takes a moment before. */
    PATIENT,
    /** The same, and it commits even if the completion was refused. */
    STUBBORN,
    /** It takes longer than the lease between completion and commit. */
    SLOW
  }

  @FunctionalInterface
  private interface Body {
    void run(CurrentJob job, String run) throws Exception;
  }
}
