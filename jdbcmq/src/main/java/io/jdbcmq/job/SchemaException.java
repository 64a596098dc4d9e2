package io.jdbcmq.job;

/** The schema of the queue is missing, or of a version that does not fit this library. */
public final class SchemaException extends JobQueueException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message what was found, what is needed and what helps
   */
  public SchemaException(String message) {
    super(message, false);
  }
}
