package io.jdbcmq.job;

/**
 * Thrown by a handler whose job cannot succeed, however often it is tried: the job becomes a dead
 * letter at once, whatever retries it has left. What a transactional handler has written is rolled
 * back; {@link CurrentJob#giveUp(String)} keeps it.
 */
public class GiveUpException extends JobQueueException {
  private static final long serialVersionUID = 1L;

  /**
   * @param reason kept as the error of the attempt, up to 8,192 characters
   */
  public GiveUpException(String reason) {
    super(reason, false);
  }

  /**
   * @param reason kept as the error of the attempt, up to 8,192 characters with the cause
   * @param cause whose stack trace is kept after the reason
   */
  public GiveUpException(String reason, Throwable cause) {
    super(reason, false, cause);
  }
}
