package io.jdbcmq.internal.runner;

import io.jdbcmq.job.GiveUpException;
import java.util.Optional;

/** Tells the outcome of a run from what its handler did, and from why it was stopped. */
final class Outcomes {
  private Outcomes() {}

  /** The outcome of a handler that has returned, or thrown this error. */
  static Outcome of(Run run, Optional<Throwable> error) {
    return switch (run.ending().state()) {
      case OPEN, NOTED -> ifOpen(run, error);
      case DONE -> new Outcome.Done(run);
      case IN_DOUBT -> new Outcome.InDoubt(run, ifOpen(run, error));
    };
  }

  /** The outcome of a handler that does not heed its interrupt. */
  static Outcome ofStuck(Run run, String error) {
    Outcome failed = new Outcome.Failed(run, ErrorText.of(error), false);
    return switch (run.ending().state()) {
      case OPEN, NOTED -> failed;
      case DONE -> new Outcome.Done(run);
      case IN_DOUBT -> new Outcome.InDoubt(run, failed);
    };
  }

  private static Outcome ifOpen(Run run, Optional<Throwable> error) {
    Leash.Reason reason = run.leash().reason().orElse(null);
    if (reason instanceof Leash.Reason.Gone) {
      return new Outcome.Done(run);
    }
    if (reason instanceof Leash.Reason.Overdue overdue) {
      String thrown = error.map(cause -> ": " + ErrorText.of(cause)).orElse("");
      return new Outcome.Failed(run, ErrorText.of(overdue.error() + thrown), false);
    }
    if (error.isPresent()) {
      return error.get() instanceof GiveUpException gaveUp
          ? new Outcome.Failed(run, ErrorText.of(reasonOf(gaveUp)), true)
          : new Outcome.Failed(run, ErrorText.of(error.get()), false);
    }
    return run.ending().state() == Ending.State.IN_DOUBT
        ? new Outcome.Failed(run, run.ending().rolledBack(), false)
        : run.noted();
  }

  private static String reasonOf(GiveUpException gaveUp) {
    Throwable cause = gaveUp.getCause();
    String reason = String.valueOf(gaveUp.getMessage());
    return cause == null ? reason : reason + "\nCaused by: " + ErrorText.of(cause);
  }
}
