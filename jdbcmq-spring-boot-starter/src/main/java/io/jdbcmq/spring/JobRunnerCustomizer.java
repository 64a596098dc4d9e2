package io.jdbcmq.spring;

import io.jdbcmq.JobRunner;

/** A bean that changes the runner before it is started, after the properties have. */
@FunctionalInterface
public interface JobRunnerCustomizer {
  /** Changes the runner that is about to be started. */
  void customize(JobRunner.Builder runner);
}
