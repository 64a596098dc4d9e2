package io.jdbcmq.job;

/** Where a job is. */
public enum JobState {
  /** Can be claimed now. */
  READY,
  /** Waits for a time: a delay, or the backoff after a failed attempt. */
  DELAYED,
  /** Sent in two phases and not committed yet; does not run before that. */
  RESERVED,
  /** Waits behind another job of its ordered channel. */
  PARKED,
  /** Held by a runner. */
  CLAIMED,
  /** Used up its attempts; kept until redriven or discarded. */
  DEAD;
}
