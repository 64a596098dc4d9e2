package io.jdbcmq.spi;

import io.jdbcmq.job.Attempt;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.SendResult;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What a queue and its runners do, step by step. Durations are those of the calling process. */
public sealed interface JobEvent {
  /**
   * Jobs were sent or reserved.
   *
   * @param requests what was sent, in this order; listeners must not keep or log the payloads
   * @param results what became of each
   * @param joined whether it was in the caller's transaction, which may still be rolled back
   * @param took the call, with the commit if it is not joined
   */
  record Sent(List<JobRequest> requests, List<SendResult> results, boolean joined, Duration took)
      implements JobEvent {}

  /**
   * The database did not take jobs, or it is not known whether it did.
   *
   * @param requests what was to be sent
   * @param joined whether it was in the caller's transaction
   * @param error what the sender is told
   * @param took the call
   */
  record SendFailed(
      List<JobRequest> requests, boolean joined, RuntimeException error, Duration took)
      implements JobEvent {
    /** Leaves the message of the error out. */
    @Override
    public String toString() {
      return "SendFailed[requests=%s, joined=%s, error=%s, took=%s]"
          .formatted(requests, joined, error.getClass().getName(), took);
    }
  }

  /** A runner has its lease. Another one, under another id, if it had lost it before. */
  record LeaseTaken(UUID runnerId) implements JobEvent {}

  /**
   * A runner has renewed its lease.
   *
   * @param runnerId of the runner
   * @param took the call
   */
  record LeaseRenewed(UUID runnerId, Duration took) implements JobEvent {}

  /** A runner has lost its lease: its handlers are interrupted, its jobs run elsewhere. */
  record LeaseLost(UUID runnerId) implements JobEvent {}

  /** A runner has stopped, and has held this lease until then. */
  record LeaseEnded(UUID runnerId) implements JobEvent {}

  /**
   * A runner has asked for work.
   *
   * @param runnerId of the runner
   * @param wanted how many jobs it had room for
   * @param claimed how many it got
   * @param took the call: the latency of a claim
   */
  record Polled(UUID runnerId, int wanted, int claimed, Duration took) implements JobEvent {}

  /**
   * A call of a runner to the database has failed. It is repeated, until it works or is of no use
   * any more.
   *
   * @param operation "claim", "settle" or "renew" (a lease)
   * @param error why
   * @param took the call
   */
  record CallFailed(String operation, Exception error, Duration took) implements JobEvent {
    /** Leaves the message of the error out, which may quote a row. */
    @Override
    public String toString() {
      return "CallFailed[operation=%s, error=%s, took=%s]"
          .formatted(operation, error.getClass().getName(), took);
    }
  }

  /** A handler starts. */
  record Started(Attempt attempt) implements JobEvent {}

  /**
   * An attempt has ended in this runner; its outcome is on its way to the database, unless the
   * handler has stored it by itself. Where a transaction of the handler decides, the event comes
   * when the runner has found out how that ended.
   *
   * @param attempt that has ended
   * @param result what it came to
   * @param error what the handler threw, or what it was stopped for
   * @param took the handler; zero if it never started
   */
  record Ended(Attempt attempt, Result result, Optional<Throwable> error, Duration took)
      implements JobEvent {
    /** Leaves the message of the error out, which may quote the payload. */
    @Override
    public String toString() {
      return "Ended[attempt=%s, result=%s, error=%s, took=%s]"
          .formatted(attempt, result, error.map(e -> e.getClass().getName()), took);
    }
  }

  /** What an attempt comes to. */
  enum Result {
    /** The job is completed. */
    COMPLETED,
    /** The attempt has failed; the job is tried again if it has attempts left. */
    FAILED,
    /** The handler has given up: the job is a dead letter. */
    GAVE_UP,
    /** The handler has put the job off. */
    SNOOZED,
    /** The runner had no handler for it; the job goes back. */
    UNKNOWN,
    /**
     * The handler did not start, because the runner was stopping, for example; the job goes back.
     */
    HANDED_BACK,
    /**
     * The job was cancelled or cleared, or the lease was lost: what the attempt did not commit is
     * void.
     */
    STOPPED
  }

  /**
   * The database has taken outcomes.
   *
   * @param result of the attempts, one of COMPLETED, FAILED (with those that gave up), SNOOZED,
   *     UNKNOWN and HANDED_BACK
   * @param jobs how many at once; without those that it refused, because the run was not current
   *     any more
   * @param took the call
   */
  record Settled(Result result, int jobs, Duration took) implements JobEvent {}

  /**
   * A job has become a dead letter with this attempt. Told at best effort: not if the answer of the
   * database was lost, or the runner ended before it came. The dead letters are in {@code
   * JobQueue.deadLetters()}.
   */
  record Died(Attempt attempt) implements JobEvent {}

  /**
   * A job was taken from a lost runner, or a failover has undone what became of its run.
   *
   * @param jobId of the job
   * @param runnerId of the runner that had it
   * @param dead whether that was its last attempt, and the job is a dead letter
   */
  record Rescued(UUID jobId, UUID runnerId, boolean dead) implements JobEvent {}
}
