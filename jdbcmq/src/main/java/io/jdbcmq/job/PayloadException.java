package io.jdbcmq.job;

/** A payload cannot be encoded, decoded or stored. The message tells why, without quoting it. */
public final class PayloadException extends JobQueueException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message what was tried, what was found and what helps
   */
  public PayloadException(String message) {
    super(message, false);
  }

  /**
   * @param message what was tried, what was found and what helps
   * @param cause what the codec said
   */
  public PayloadException(String message, Throwable cause) {
    super(message, false, cause);
  }
}
