package io.jdbcmq.job;

/**
 * What all exceptions of jdbcmq have in common. Messages name ids and job names, never payloads.
 */
public abstract class JobQueueException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean isTransient;

  JobQueueException(String message, boolean isTransient) {
    super(message);
    this.isTransient = isTransient;
  }

  JobQueueException(String message, boolean isTransient, Throwable cause) {
    super(message, cause);
    this.isTransient = isTransient;
  }

  /** Whether the same call may succeed if it is tried again later, in a new transaction. */
  public final boolean isTransient() {
    return isTransient;
  }
}
