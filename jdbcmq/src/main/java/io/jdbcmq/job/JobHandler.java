package io.jdbcmq.job;

/** Runs jobs of one name. Called by many threads at once. */
@FunctionalInterface
public interface JobHandler {
  /**
   * Runs one attempt. Returning completes the job, throwing fails the attempt. An interrupt asks to
   * stop: the job has timed out or was cancelled, the lease was lost, or the runner is shutting
   * down.
   *
   * @param job the job
   * @throws Exception to fail the attempt
   */
  void run(CurrentJob job) throws Exception;
}
