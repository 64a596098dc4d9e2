package io.jdbcmq.test;

import java.util.List;

/**
 * What a drain has run.
 *
 * @param runs the attempts, in this order
 */
public record Drained(List<RunResult> runs) {
  /** Copies the list. */
  public Drained {
    runs = List.copyOf(runs);
  }

  /** How many jobs are completed. */
  public int completed() {
    return count(RunResult.Completed.class);
  }

  /** How many attempts failed, after which their job is tried again. */
  public int failed() {
    return count(RunResult.Failed.class);
  }

  /** How many jobs have become dead letters. */
  public int died() {
    return count(RunResult.Died.class);
  }

  /** How many runs ended with a snooze. */
  public int snoozed() {
    return count(RunResult.Snoozed.class);
  }

  /** How many jobs went back because the registry has no handler for them. */
  public int withoutHandler() {
    return count(RunResult.NoHandler.class);
  }

  /**
   * Insists that every run has completed its job.
   *
   * @throws AssertionError about the first one that has not; its cause is what the handler threw
   */
  public Drained requireAllCompleted() {
    runs.forEach(RunResult::requireCompleted);
    return this;
  }

  private int count(Class<? extends RunResult> kind) {
    return Math.toIntExact(runs.stream().filter(kind::isInstance).count());
  }
}
