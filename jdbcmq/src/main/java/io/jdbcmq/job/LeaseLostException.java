package io.jdbcmq.job;

import java.util.UUID;

/**
 * This run is no longer its job's current one: the runner's lease was lost, the runner has ended
 * the run, or the job was cancelled or cleared.
 *
 * <p>Stop working on the job. A transaction in which this was thrown can only be rolled back.
 */
public final class LeaseLostException extends JobQueueException {
  private static final long serialVersionUID = 1L;

  private final UUID jobId;

  /**
   * @param jobId the job
   * @param tried what was tried, for the message
   */
  public LeaseLostException(UUID jobId, String tried) {
    super(
        tried
            + " job "
            + jobId
            + " was refused: this run has lost its lease or was ended by its runner, or the job was"
            + " cancelled or cleared. Another run may be under way; stop this one and roll its"
            + " transaction back",
        false);
    this.jobId = jobId;
  }

  /** The job whose run has ended. */
  public UUID jobId() {
    return jobId;
  }
}
