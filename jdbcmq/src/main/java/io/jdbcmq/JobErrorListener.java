package io.jdbcmq;

import io.jdbcmq.job.Attempt;

/** Is told of each attempt that failed, for example to report the error elsewhere. */
@FunctionalInterface
public interface JobErrorListener {
  /**
   * An attempt has failed. Called by the thread of the handler, before the failure is stored; must
   * not block for long. What it throws is logged and changes nothing.
   *
   * @param attempt the attempt
   * @param error what the handler threw, or what the job was stopped for
   */
  void onError(Attempt attempt, Throwable error);
}
