package io.jdbcmq.internal.runner;

import io.jdbcmq.internal.sql.ClaimedJob;
import io.jdbcmq.internal.sql.RunKey;
import io.jdbcmq.job.Attempt;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** One attempt of a job in this runner. Its state changes hands safely between threads. */
final class Run {
  private final ClaimedJob job;
  private final Claim claim;
  private final RunContext context;
  private final Leash leash = new Leash();
  private final TimeLimit limit;
  private final Ending ending;
  private final Outcome failedForUnknownReason;
  private final AtomicBoolean told = new AtomicBoolean();
  private volatile long enteredNanos;
  private volatile boolean entered;
  private volatile boolean left;
  private volatile long tookNanos;
  private volatile @Nullable Throwable thrown;
  private volatile Outcome noted; // changed by the thread of the handler

  Run(ClaimedJob job, Claim claim, RunContext context) {
    this.job = job;
    this.claim = claim;
    this.context = context;
    this.limit = new TimeLimit(job.timeout(), context.lease());
    this.ending = new Ending(job.key().id());
    this.noted = new Outcome.Completed(this);
    this.failedForUnknownReason =
        new Outcome.Failed(this, "failed, and the error could not be described", false);
  }

  UUID id() {
    return job.key().id();
  }

  RunKey key() {
    return job.key();
  }

  ClaimedJob job() {
    return job;
  }

  Claim claim() {
    return claim;
  }

  RunContext context() {
    return context;
  }

  Leash leash() {
    return leash;
  }

  TimeLimit limit() {
    return limit;
  }

  Ending ending() {
    return ending;
  }

  /** The handler starts in this thread. */
  void enter() {
    enteredNanos = System.nanoTime();
    entered = true;
    limit.start(enteredNanos);
    leash.enter();
  }

  /** The handler has ended in this thread. */
  void leave() {
    tookNanos = System.nanoTime() - enteredNanos;
    left = true;
    leash.leave();
  }

  /** The handler threw this. */
  void threw(Throwable error) {
    thrown = error;
  }

  /** What the handler threw; null: nothing, as far as is known. */
  @Nullable Throwable thrown() {
    return thrown;
  }

  /** How long the handler took, or has taken until now; zero if it has not started. */
  Duration took() {
    return Duration.ofNanos(entered && !left ? System.nanoTime() - enteredNanos : tookNanos);
  }

  /** Whether the end of the run is still to be told: true for the first one who asks. */
  boolean tellOfEnd() {
    return !told.getAndSet(true);
  }

  /** What listeners are told of it. */
  Attempt attempt() {
    return new Attempt(
        id(),
        job.jobName(),
        job.channel(),
        job.attempt(),
        job.attempt() > job.retries(),
        job.sentAt(),
        job.headers());
  }

  /** The handler wishes this instead of completing the job, if it returns. */
  void note(Ending.Way way, Outcome wish) {
    ending.note(way);
    noted = wish;
  }

  /** What the handler wishes if it returns: to complete the job, or what it has noted instead. */
  Outcome noted() {
    return noted;
  }

  /** Made beforehand, for the moment when there is no memory to make it. */
  Outcome failedForUnknownReason() {
    return failedForUnknownReason;
  }

  /** Does what the handler wishes, in the transaction that the runner has opened for it. */
  void settleIn(Connection connection) throws SQLException {
    ending.beginNoted(); // until the commit is answered
    if (noted instanceof Outcome.Snoozed snoozed) {
      context.calls().snooze(connection, key(), snoozed.delay());
    } else if (noted instanceof Outcome.Failed failed) {
      context.calls().giveUp(connection, key(), failed.error());
    } else {
      context.calls().complete(connection, key());
    }
  }

  /** Leaves the payload out. */
  @Override
  public String toString() {
    return job.toString();
  }
}
