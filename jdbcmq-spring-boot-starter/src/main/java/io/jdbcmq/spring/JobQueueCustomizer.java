package io.jdbcmq.spring;

import io.jdbcmq.JobQueue;

/** A bean that changes the queue before it is built, where properties and beans do not reach. */
@FunctionalInterface
public interface JobQueueCustomizer {
  /** Changes the queue that is about to be built. */
  void customize(JobQueue.Builder queue);
}
