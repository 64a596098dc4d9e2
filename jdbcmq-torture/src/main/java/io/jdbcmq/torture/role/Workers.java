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
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;

/** The handlers of all kinds of work. They note what they do, and leave effects in the database. */
final class Workers {
  private static final String INSERT = "insert into public.effects (job, run) values (?, ?)";

  private final DataSource dataSource;
  private final Journal journal;
  private final String process;
  private final Duration lease;
  private final AtomicLong runs = new AtomicLong();

  Workers(DataSource dataSource, Journal journal, String process, Duration lease) {
    this.dataSource = dataSource;
    this.journal = journal;
    this.process = process;
    this.lease = lease;
  }

  JobRegistry registry() {
    JobRegistry.Builder registry = JobRegistry.builder();
    registry.handleInTransaction(Work.EFFECT.jobName(), this::effect);
    handle(registry, Work.PLAIN, (job, run) -> note(run, Outcome.RETURNED));
    handle(registry, Work.OWN, this::own);
    handle(registry, Work.STUBBORN, this::stubborn);
    handle(registry, Work.SLOW, this::slow);
    handle(registry, Work.FLAKY, this::flaky);
    handle(registry, Work.CHECKPOINT, this::checkpoint);
    handle(registry, Work.HOPELESS, (job, run) -> fail(run));
    handle(registry, Work.DEADLY, this::deadly);
    return registry.build();
  }

  private void handle(JobRegistry.Builder registry, Work work, Body body) {
    JobHandler handler = job -> body.run(job, start(job));
    registry.handle(work.jobName(), handler);
  }

  private String start(CurrentJob job) {
    String run = process + "-" + runs.incrementAndGet();
    journal.note(new Event.Started(System.nanoTime(), process, run, origin(job), job.attempt()));
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

  private void own(CurrentJob job, String run) throws SQLException {
    complete(job, run, false);
  }

  private void stubborn(CurrentJob job, String run) throws SQLException {
    complete(job, run, true);
  }

  private void slow(CurrentJob job, String run) throws Exception {
    Thread.sleep(lease.toMillis() * 3 / 2);
    own(job, run);
  }

  private void flaky(CurrentJob job, String run) throws SQLException {
    if (job.attempt() == 1) {
      fail(run);
    }
    own(job, run);
  }

  private void checkpoint(CurrentJob job, String run) throws SQLException {
    if (job.attempt() == 1) {
      job.checkpoint(Checkpoint.json("1"));
      fail(run);
    }
    if (!job.json().equals(Optional.of("1"))) {
      // The first attempt may have ended before it saved anything: its runner was killed.
      job.checkpoint(Checkpoint.json("1"));
    }
    own(job, run);
  }

  private void deadly(CurrentJob job, String run) throws SQLException {
    if (job.attempt() == 1) {
      Runtime.getRuntime().halt(1);
    }
    own(job, run);
  }

  private void fail(String run) {
    note(run, Outcome.THREW);
    throw new IllegalStateException("on purpose");
  }

  /**
   * Writes the effect and completes the job in one transaction.
   *
   * @param stubborn commits even if the completion was refused
   */
  private void complete(CurrentJob job, String run, boolean stubborn) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      boolean isRefused = false;
      boolean commits = false;
      try {
        insert(connection, job, run);
        try {
          job.complete(connection);
        } catch (LeaseLostException e) {
          isRefused = true;
          if (!stubborn) {
            throw e;
          }
        }
        journal.note(new Event.Completing(System.nanoTime(), process, run));
        commits = true;
        connection.clearWarnings();
        connection.commit();
        note(run, isRefused ? Outcome.REFUSED : confirmed(connection));
      } catch (SQLException | JobQueueException e) {
        note(run, isRefused ? Outcome.REFUSED : commits ? Outcome.UNKNOWN : Outcome.THREW);
        throw e;
      } finally {
        if (!connection.isClosed()) {
          connection.rollback();
        }
      }
    }
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

  @FunctionalInterface
  private interface Body {
    void run(CurrentJob job, String run) throws Exception;
  }
}
