package io.jdbcmq.job;

/**
 * It is unknown whether a transaction has taken effect: its commit was not answered, or PostgreSQL
 * did not wait for the synchronous standby (warning 01000), so that a failover could still undo it.
 *
 * <p>Ask with {@code JobQueue.exists}, or send again under the same id: a duplicate is then a
 * result. Both know live and dead jobs only: one that has been completed meanwhile would run again.
 * Where that must not happen, let its handler insert the id of the job into a table with a primary
 * key, in the transaction that completes it.
 */
public final class IndeterminateException extends JobQueueException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message what was tried, and on what
   */
  public IndeterminateException(String message) {
    super(message, true);
  }

  /**
   * @param message what was tried, and on what
   * @param cause how the commit ended
   */
  public IndeterminateException(String message, Throwable cause) {
    super(message, true, cause);
  }
}
