package io.jdbcmq.job;

/** What the death of an ordered job means to the jobs behind it in its channel. */
public enum OnDeath {
  /** The next one runs; the channel goes on without the dead job. */
  SKIP,
  /**
   * The channel stands still until the dead job is redriven or discarded, or the channel is let go
   * on with {@code Channels.unblock}.
   */
  BLOCK
}
