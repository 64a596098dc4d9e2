package io.jdbcmq.internal.runner;

import io.jdbcmq.internal.sql.ClaimedJob;
import io.jdbcmq.internal.sql.Connections;
import io.jdbcmq.internal.sql.Database.SqlWork;
import io.jdbcmq.internal.sql.OneLine;
import io.jdbcmq.internal.sql.Progress;
import io.jdbcmq.internal.sql.RunCalls;
import io.jdbcmq.internal.sql.RunKey;
import io.jdbcmq.internal.sql.SqlErrors;
import io.jdbcmq.job.Channel;
import io.jdbcmq.job.Checkpoint;
import io.jdbcmq.job.CurrentJob;
import io.jdbcmq.job.IndeterminateException;
import io.jdbcmq.job.LeaseLostException;
import io.jdbcmq.job.PayloadException;
import io.jdbcmq.job.PayloadType;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** A run as its handler sees it. For the thread of the handler, but for {@link #keepAlive}. */
final class RunningJob implements CurrentJob {
  private static final int MAX_RETRIES = 10_000;
  private static final Duration LONGEST = Duration.ofDays(36_500);

  private final Run run;
  private final ClaimedJob job;
  private final RunKey key;
  private final RunCalls calls;
  private final Ending ending;
  private final boolean inTransaction;
  private int extraRetries;
  private boolean holdsRow;

  /**
   * A job whose handler is about to start.
   *
   * @param inTransaction whether the runner has opened a transaction for the handler
   */
  RunningJob(Run run, boolean inTransaction) {
    this.run = run;
    this.job = run.job();
    this.key = run.key();
    this.calls = run.context().calls();
    this.ending = run.ending();
    this.inTransaction = inTransaction;
  }

  @Override
  public UUID id() {
    return key.id();
  }

  @Override
  public String name() {
    return job.jobName();
  }

  @Override
  public Channel channel() {
    return job.channel();
  }

  @Override
  public int attempt() {
    return job.attempt();
  }

  @Override
  public boolean isLastAttempt() {
    return job.attempt() > Math.min(MAX_RETRIES, job.retries() + extraRetries);
  }

  @Override
  public Instant sentAt() {
    return job.sentAt();
  }

  @Override
  public Map<String, String> headers() {
    return job.headers();
  }

  @Override
  public Optional<String> json() {
    return job.json();
  }

  @Override
  public Optional<byte[]> bytes() {
    return job.bytes().map(byte[]::clone);
  }

  @SuppressWarnings("unchecked") // the binary payload is what byte[] asks for
  @Override
  public <T> T payload(PayloadType<T> type) {
    if (type.isBinary()) {
      return (T) bytes().orElseThrow(() -> noPayload("binary", type));
    }
    String json = job.json().orElseThrow(() -> noPayload("JSON", type));
    try {
      return run.context().codec().decode(json, type);
    } catch (PayloadException e) {
      throw e;
    } catch (Exception e) {
      throw new PayloadException(
          "payload of job %s named %s cannot be decoded as %s"
              .formatted(id(), OneLine.of(name()), type),
          e);
    }
  }

  @Override
  public void checkpoint(Checkpoint checkpoint) {
    ending.requireUnsettled("take a checkpoint");
    if (inTransaction && holdsRow) {
      throw new IllegalStateException(
          "a checkpoint of job %s in a transaction of its own would wait for the handler's transaction, which has saved one: use its connection again"
              .formatted(id()));
    }
    Progress progress = Progress.of(key, checkpoint, run.context().codec());
    inOwnTransaction("saving a checkpoint of", c -> calls.checkpoint(c, key, progress));
    extraRetries = Math.min(MAX_RETRIES, extraRetries + progress.extraRetries());
    checkpoint.keepAlive().ifPresent(this::prolong);
  }

  @Override
  public void checkpoint(Connection connection, Checkpoint checkpoint) {
    ending.requireUnsettled("take a checkpoint");
    Progress progress = Progress.of(key, checkpoint, run.context().codec());
    holdsRow = true;
    in(connection, "saving a checkpoint of", c -> calls.checkpoint(c, key, progress));
    checkpoint.keepAlive().ifPresent(this::prolong);
  }

  @Override
  public void keepAlive(Duration duration) {
    checkRange("keep-alive", duration);
    if (run.leash().reason().isPresent()) {
      throw new LeaseLostException(id(), "keeping alive");
    }
    prolong(duration);
  }

  @Override
  public void complete() {
    ending.requireUnsettled("be completed");
    if (inTransaction) {
      throw new IllegalStateException(
          "job %s cannot be completed in a transaction of its own by a transactional handler, whose writes would be lost if it then failed: use its connection, or just return"
              .formatted(id()));
    }
    ending.begin(Ending.Way.COMPLETE);
    boolean isOpen = true;
    try {
      inOwnTransaction("completing", c -> calls.complete(c, key));
      ending.done();
      isOpen = false;
    } catch (IndeterminateException e) {
      isOpen = false;
      throw e;
    } finally {
      if (isOpen) {
        ending.reopen();
      }
    }
  }

  @Override
  public void complete(Connection connection) {
    ending.begin(Ending.Way.COMPLETE);
    in(connection, "completing", c -> calls.complete(c, key));
  }

  @Override
  public void snooze(Duration delay) {
    checkRange("snooze", delay);
    run.note(Ending.Way.SNOOZE, new Outcome.Snoozed(run, delay));
  }

  @Override
  public void snooze(Connection connection, Duration delay) {
    checkRange("snooze", delay);
    ending.begin(Ending.Way.SNOOZE);
    in(connection, "snoozing", c -> calls.snooze(c, key, delay));
  }

  @Override
  public void giveUp(String reason) {
    run.note(Ending.Way.GIVE_UP, new Outcome.Failed(run, ErrorText.of(reason), true));
  }

  @Override
  public void giveUp(Connection connection, String reason) {
    String error = ErrorText.of(reason);
    ending.begin(Ending.Way.GIVE_UP);
    in(connection, "giving up", c -> calls.giveUp(c, key, error));
  }

  /** Leaves the payload out. */
  @Override
  public String toString() {
    return run.toString();
  }

  private PayloadException noPayload(String kind, PayloadType<?> wanted) {
    return new PayloadException(
        "job %s named %s has no %s payload, but its handler wants a %s"
            .formatted(id(), OneLine.of(name()), kind, wanted));
  }

  private void prolong(Duration duration) {
    run.limit().keepAlive(duration, System.nanoTime());
  }

  private void in(Connection connection, String tried, Statement statement) {
    try {
      Connections.beginIfIdle(connection);
      statement.run(connection);
    } catch (SQLException e) {
      throw SqlErrors.storage(tried + " job " + id(), e);
    }
  }

  private void inOwnTransaction(String tried, Statement statement) {
    SqlWork<Boolean> work =
        connection -> {
          statement.run(connection);
          return true;
        };
    try {
      run.context().database().inOwnTransaction(work);
    } catch (SQLException e) {
      throw SqlErrors.storage(tried + " job " + id(), e);
    }
  }

  private static void checkRange(String what, Duration duration) {
    if (duration.compareTo(Duration.ofMillis(1)) < 0 || duration.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          what + " must be PT0.001S to " + LONGEST + " but was " + duration);
    }
  }

  @FunctionalInterface
  private interface Statement {
    void run(Connection connection) throws SQLException;
  }
}
