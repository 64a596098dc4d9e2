package io.jdbcmq.internal.runner;

/** What became of a run, for the database to take. */
sealed interface Outcome {
  Run run();

  /** The handler returned. */
  record Completed(Run run) implements Outcome {}

  /** The handler threw. */
  record Failed(Run run, String error) implements Outcome {}

  /** It never started: there is no handler, or the runner is stopping. */
  record HandedBack(Run run, boolean unknown) implements Outcome {}

  /**
   * Somebody else may be settling it: the handler, in a transaction whose end is not known, or
   * whoever has locked the job. If it is still open after that, this other outcome holds.
   */
  record InDoubt(Run run, Outcome ifOpen) implements Outcome {}

  /** The handler completed it by itself: nothing but the claim is left. */
  record Done(Run run) implements Outcome {}
}
