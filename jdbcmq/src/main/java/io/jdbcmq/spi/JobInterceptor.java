package io.jdbcmq.spi;

import io.jdbcmq.job.CurrentJob;
import io.jdbcmq.job.JobRequest;

/**
 * Stands between senders, queue and handlers: to carry a trace, a tenant or a user along in the
 * headers of a job. Thread-safe. Several are asked in the order in which they were given, around
 * the handler the first one outermost.
 */
public interface JobInterceptor {
  /**
   * May change a request before it is checked and sent. Called by the sender's thread; what it
   * throws goes to the sender, and nothing is sent.
   *
   * @return the request to send, with the same job name and payload
   */
  default JobRequest beforeSend(JobRequest request) {
    return request;
  }

  /**
   * Stands around the handler, in its thread. In a transactional job the transaction is open.
   *
   * @param job that runs
   * @param handling runs the handler: to be called once, in this thread
   * @throws Exception what the handler has thrown; another one fails the attempt as well. If it
   *     throws nothing although the handler has, the attempt has failed nevertheless
   */
  default void aroundRun(CurrentJob job, Handling handling) throws Exception {
    handling.proceed();
  }

  /** What is behind an interceptor: the next one, or the handler. */
  interface Handling {
    /**
     * Runs it.
     *
     * @throws Exception what it throws
     * @throws IllegalStateException if it has run before
     */
    void proceed() throws Exception;
  }
}
