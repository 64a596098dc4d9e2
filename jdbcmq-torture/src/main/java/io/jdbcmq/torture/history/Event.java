package io.jdbcmq.torture.history;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * One line of a history.
 *
 * <p>Times are those of the machine's monotonic clock, in nanoseconds, which all processes of one
 * machine share: what one noted before another is not later by it.
 */
public sealed interface Event {
  /** When it was noted. */
  long nanos();

  /** The process that noted it. */
  String process();

  /**
   * A transaction that sends is about to begin.
   *
   * @param operation unique in the run
   * @param jobs in the order in which they are sent
   */
  record Sending(long nanos, String process, String operation, List<Sent> jobs) implements Event {
    /** Sends these jobs. */
    public Sending {
      jobs = List.copyOf(jobs);
    }

    /** The same, as far as it concerns one of the jobs. */
    public Sending only(Sent job) {
      return new Sending(nanos, process, operation, List.of(job));
    }
  }

  /** Reserved jobs are about to be committed. */
  record Committing(long nanos, String process, String operation, UUID job) implements Event {}

  /** A job is about to be cancelled. */
  record Cancelling(long nanos, String process, String operation, UUID job) implements Event {}

  /**
   * Somebody is about to manage a job.
   *
   * @param forMs the time that a reservation is given; 0 for all other acts
   */
  record Managing(long nanos, String process, String operation, Act act, UUID job, long forMs)
      implements Event {}

  /**
   * A send was told that this job is there instead.
   *
   * @param job as its own sender has named it
   */
  record Existing(long nanos, String process, String operation, UUID job) implements Event {}

  /** What became of an operation. */
  record Ended(long nanos, String process, String operation, Result result) implements Event {}

  /**
   * A handler has started.
   *
   * @param run unique in the run of the harness
   * @param payload what it has got
   */
  record Started(long nanos, String process, String run, UUID job, int attempt, Payload payload)
      implements Event {}

  /** A handler is about to save a checkpoint. */
  record Saving(long nanos, String process, String run) implements Event {}

  /**
   * What a handler was told about its checkpoint. Nothing is noted if it was not answered.
   *
   * @param refused because it had lost its lease
   */
  record Saved(long nanos, String process, String run, boolean refused) implements Event {}

  /** A handler is about to complete its job, or to commit the transaction in which it did so. */
  record Completing(long nanos, String process, String run) implements Event {}

  /** A handler has ended, or what it asked for was answered. */
  record Finished(long nanos, String process, String run, Outcome outcome) implements Event {}

  /**
   * A runner begins to shut down: what it has not ended is handed back without using an attempt.
   */
  record Stopping(long nanos, String process) implements Event {}

  /**
   * How a process is.
   *
   * @param heapKb heap in use after a collection, in KiB
   * @param threads live threads
   */
  record Health(long nanos, String process, long heapKb, int threads) implements Event {}

  /** Something was made to go wrong; when it was over, the same again. */
  record Fault(long nanos, String process, String name, boolean begins) implements Event {}

  /** What a handler finds. */
  enum Payload {
    /** What the sender gave. */
    SENT,
    /** What an earlier run has saved. */
    SAVED,
    /** Neither of them. */
    CHANGED
  }

  /** What can be done to a job besides committing and cancelling it. */
  enum Act {
    /** Its reservation gets a new end. */
    EXTEND,
    /** It is dead, and gets all its attempts again. */
    REDRIVE,
    /** It is dead, and is deleted. */
    DISCARD,
    /** It is dead and held its channel, which goes on. */
    UNBLOCK
  }

  /** What is known of an operation. */
  enum Result {
    /** Its transaction has committed. */
    OK,
    /** The same, and it has cancelled a job that waited: nobody claims that any more. */
    NEVER_RUNS,
    /** It has done nothing, and never will: whoever did it has rolled it back. */
    ROLLED_BACK,
    /** The same: it failed, for a reason that may pass by itself. */
    FAILED,
    /** The same: it failed, by an error of the server that only a fault explains. */
    ERROR,
    /** The same: it was refused, for a reason that does not pass. */
    REFUSED,
    /** Nothing was there to commit or to cancel. */
    ABSENT,
    /** Only the database knows. */
    UNKNOWN;

    /** Whether it is certainly done. */
    public boolean isDone() {
      return this == OK || this == NEVER_RUNS;
    }

    /** Whether nothing has come of it, and nothing will. */
    public boolean isInVain() {
      return !isDone() && this != UNKNOWN;
    }
  }

  /** What is known of a run. */
  enum Outcome {
    /** Its completion has committed. */
    COMPLETED,
    /** Its completion was refused: it had lost its lease. */
    REFUSED,
    /** Its completion was not answered. */
    UNKNOWN,
    /** Its handler has returned, and left the completion to the runner. */
    RETURNED,
    /** Its handler has thrown something else. */
    THREW
  }

  /**
   * A job as its sender knows it.
   *
   * @param work what its handler does, which is its name
   * @param orderedIn the args of its ordered channel
   * @param uniqueKey its key
   * @param reserved whether it has to be committed before it may run
   * @param attempts most attempts
   * @param delayMs how long after its send it becomes ready; if it is reserved: how long after its
   *     send its reservation is over
   */
  record Sent(
      UUID id,
      String work,
      Optional<String> orderedIn,
      Optional<String> uniqueKey,
      boolean reserved,
      int attempts,
      long delayMs) {}
}
