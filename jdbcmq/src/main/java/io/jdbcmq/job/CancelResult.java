package io.jdbcmq.job;

/** What a job was doing when it was cancelled, if it was live at all. */
public enum CancelResult {
  /**
   * It waited, and is deleted: nobody claims it any more. A handler of an earlier run, which was
   * lost, may still be at work; it can store nothing.
   */
  WAS_WAITING,
  /**
   * It was running, and is deleted: its run can complete, fail or save nothing any more, and its
   * runner interrupts the handler, within a second if it is reached at all. What the handler has
   * done elsewhere stays done.
   */
  WAS_RUNNING,
  /** Nothing was done: it has completed or died, was cancelled or cleared, or never existed. */
  NOT_LIVE;

  /** Whether the job was deleted by this call. */
  public boolean isCancelled() {
    return switch (this) {
      case WAS_WAITING, WAS_RUNNING -> true;
      case NOT_LIVE -> false;
    };
  }
}
