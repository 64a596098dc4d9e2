package io.jdbcmq.internal.runner;

import io.jdbcmq.job.JobHandler;
import io.jdbcmq.job.TransactionalHandler;

/** How a job of one name is run. */
public sealed interface Handler {
  /** Runs it; the runner completes the job afterwards. */
  record Plain(JobHandler body) implements Handler {}

  /** Runs it in a transaction that also completes the job. */
  record Transactional(TransactionalHandler body) implements Handler {}
}
