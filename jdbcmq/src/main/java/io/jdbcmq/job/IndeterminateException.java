package io.jdbcmq.job;

/**
 * It is unknown whether a transaction has taken effect: its commit was not answered, or PostgreSQL
 * did not wait for the synchronous standby (warning 01000), so that a failover could still undo it.
 *
 * <p>Ask with {@code JobQueue.exists}, or send again under the same id: a duplicate is then a
 * result.
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
