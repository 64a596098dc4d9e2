package io.jdbcmq.internal.runner;

import io.jdbcmq.internal.sql.ClaimedJob;
import io.jdbcmq.internal.sql.Database;
import io.jdbcmq.internal.sql.RunKey;
import io.jdbcmq.internal.sql.SettleCalls;
import io.jdbcmq.internal.sql.SqlErrors;
import io.jdbcmq.job.Channel;
import io.jdbcmq.job.CurrentJob;
import io.jdbcmq.job.IndeterminateException;
import io.jdbcmq.job.PayloadException;
import io.jdbcmq.spi.PayloadCodec;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One attempt of a job in this runner. Its state changes hands safely between threads. */
final class Run implements CurrentJob {
  /** How far the handler itself has brought the completion. */
  enum Completion {
    /** The runner completes the job when the handler returns. */
    OPEN,
    /** Done: the database has confirmed it. */
    DONE,
    /** Part of a transaction of which the runner does not know whether it commits. */
    IN_DOUBT;
  }

  private final ClaimedJob job;
  private final Claim claim;
  private final SettleCalls calls;
  private final Database database;
  private final PayloadCodec codec;

  private final Outcome failedForUnknownReason;
  private Completion completion = Completion.OPEN; // for the thread of the handler
  private volatile boolean fenced;
  private @Nullable Thread thread; // guarded by this

  Run(ClaimedJob job, Claim claim, SettleCalls calls, Database database, PayloadCodec codec) {
    this.job = job;
    this.claim = claim;
    this.calls = calls;
    this.database = database;
    this.codec = codec;
    this.failedForUnknownReason =
        new Outcome.Failed(this, "failed, and the error could not be described");
  }

  RunKey key() {
    return job.key();
  }

  Claim claim() {
    return claim;
  }

  Completion completion() {
    return completion;
  }

  /** The lease is lost: nothing that this run does is wanted any more. */
  void fence() {
    fenced = true;
    interrupt();
  }

  boolean isFenced() {
    return fenced;
  }

  /** The handler starts in this thread, which can be interrupted from now on. */
  synchronized void enter() {
    thread = Thread.currentThread();
    if (fenced) {
      Thread.currentThread().interrupt();
    }
  }

  /** The handler has ended: an interrupt must not hit what the thread does next. */
  synchronized void leave() {
    thread = null;
    Thread.interrupted();
  }

  synchronized void interrupt() {
    if (thread != null) {
      thread.interrupt();
    }
  }

  /** Made beforehand, for the moment when there is no memory to make it. */
  Outcome failedForUnknownReason() {
    return failedForUnknownReason;
  }

  /** Completes the job in the transaction that the runner has opened for the handler. */
  void completeIn(Connection connection) throws SQLException {
    completion = Completion.IN_DOUBT; // until the commit is answered
    calls.completeOrRaise(connection, job.key());
  }

  void committed() {
    completion = Completion.DONE;
  }

  @Override
  public UUID id() {
    return job.key().id();
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
    return job.attempt() > job.retries();
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

  @Override
  public <T> T payload(Class<T> type) {
    String json =
        job.json()
            .orElseThrow(
                () ->
                    new PayloadException(
                        "job %s named %s has no JSON payload, but its handler wants a %s"
                            .formatted(id(), name(), type.getName())));
    try {
      return codec.decode(json, type);
    } catch (PayloadException e) {
      throw e;
    } catch (Exception e) {
      throw new PayloadException(
          "payload of job %s named %s cannot be decoded as %s"
              .formatted(id(), name(), type.getName()),
          e);
    }
  }

  @Override
  public void complete() {
    requireOpen();
    try {
      database.inOwnTransaction(
          connection -> {
            calls.completeOrRaise(connection, job.key());
            return true;
          });
      completion = Completion.DONE;
    } catch (IndeterminateException e) {
      completion = Completion.IN_DOUBT;
      throw e;
    } catch (SQLException e) {
      throw SqlErrors.storage("completing job " + id(), e);
    }
  }

  @Override
  public void complete(Connection connection) {
    requireOpen();
    // Before the statement: if its answer is lost, the transaction may still commit.
    completion = Completion.IN_DOUBT;
    try {
      calls.completeOrRaise(connection, job.key());
    } catch (SQLException e) {
      throw SqlErrors.storage("completing job " + id(), e);
    }
  }

  private void requireOpen() {
    if (completion != Completion.OPEN) {
      throw new IllegalStateException("job " + id() + " has been completed before in this run");
    }
  }

  /** Leaves the payload out. */
  @Override
  public String toString() {
    return "job " + id() + " named " + name() + ", attempt " + attempt();
  }
}
