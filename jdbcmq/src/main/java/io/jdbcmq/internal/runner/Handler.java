package io.jdbcmq.internal.runner;

import io.jdbcmq.job.CurrentJob;
import io.jdbcmq.job.JobHandler;
import java.sql.Connection;

/** How a job of one name is run. */
public sealed interface Handler {
  /** Runs it; the runner completes the job afterwards. */
  record Plain(JobHandler body) implements Handler {}

  /** Runs it in a transaction that also completes the job. */
  record Transactional(Body body) implements Handler {}

  /** What runs in the transaction. */
  @FunctionalInterface
  interface Body {
    void run(CurrentJob job, Connection connection) throws Exception;
  }
}
