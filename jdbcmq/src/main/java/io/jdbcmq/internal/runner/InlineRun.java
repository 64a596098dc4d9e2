package io.jdbcmq.internal.runner;

import io.jdbcmq.job.Attempt;
import java.util.Optional;

/**
 * A run that has ended.
 *
 * @param attempt what was run
 * @param end what became of the run
 * @param error what the handler threw, or why the attempt failed all the same
 */
public record InlineRun(Attempt attempt, End end, Optional<Throwable> error) {
  /** What can become of a run. */
  public enum End {
    /** The job is completed. */
    COMPLETED,
    /** The attempt failed; the job is tried again, or is dead. */
    FAILED,
    /** The handler put the job off. */
    SNOOZED,
    /** There is no handler: the job went back. */
    NO_HANDLER,
    /** It could not be started, or it went back for another reason. */
    HANDED_BACK,
    /** The job was cancelled or cleared, or somebody else had taken the run over. */
    GONE,
    /** A transaction that has locked the job is open still. */
    UNDECIDED
  }

  /** Leaves the message of the error out. */
  @Override
  public String toString() {
    return attempt + ": " + end + error.map(e -> ", " + e.getClass().getName()).orElse("");
  }
}
