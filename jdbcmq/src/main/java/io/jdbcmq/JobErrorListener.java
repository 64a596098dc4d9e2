package io.jdbcmq;

import io.jdbcmq.job.Attempt;

/** Is told of each attempt that failed, for example to report the error elsewhere. */
@FunctionalInterface
public interface JobErrorListener {
  /**
   * An attempt has failed. Must not block for long; what it throws is logged and changes nothing.
   *
   * <p>Called by the thread of the handler, before the failure is stored. Or by a thread of the
   * runner that others wait for: by the one that settles outcomes, where the transaction of a
   * handler had to be looked up first; by the one that watches time limits, where a handler does
   * not heed its interrupt.
   *
   * @param attempt the attempt
   * @param error what the handler threw, or what the job was stopped for
   */
  void onError(Attempt attempt, Throwable error);
}
