package io.jdbcmq.job;

/**
 * Runs jobs of one type, given their decoded payload. Called by many threads at once.
 *
 * @param <T> type of the payload
 */
@FunctionalInterface
public interface PayloadHandler<T> {
  /**
   * Runs one attempt. Returning completes the job, throwing fails the attempt. An interrupt asks to
   * stop: the lease was lost, or the runner is shutting down.
   *
   * @param job the job
   * @param payload its payload
   * @throws Exception to fail the attempt
   */
  void run(CurrentJob job, T payload) throws Exception;
}
