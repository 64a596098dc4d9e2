package io.jdbcmq.internal.runner;

import java.time.Duration;

/** What became of a run, for the database to take. */
sealed interface Outcome {
  Run run();

  /** The handler returned. */
  record Completed(Run run) implements Outcome {}

  /**
   * The attempt failed.
   *
   * @param isFinal whether the job is to die whatever retries it has left
   */
  record Failed(Run run, String error, boolean isFinal) implements Outcome {
    /** Leaves the error out. */
    @Override
    public String toString() {
      return run + " failed";
    }
  }

  /** The handler put the job off. */
  record Snoozed(Run run, Duration delay) implements Outcome {}

  /** It never started: there is no handler, or the runner is stopping. */
  record HandedBack(Run run, boolean unknown) implements Outcome {}

  /**
   * Somebody else may be settling it: the handler, in a transaction whose end is not known, or
   * whoever has locked the job. If it is still open after that, this other outcome holds.
   *
   * @param asked how often the database has been asked and has not known
   */
  record InDoubt(Run run, Outcome ifOpen, int asked) implements Outcome {
    InDoubt(Run run, Outcome ifOpen) {
      this(run, ifOpen, 0);
    }
  }

  /** The handler settled it by itself, or the job is gone: nothing but the claim is left. */
  record Done(Run run) implements Outcome {}
}
