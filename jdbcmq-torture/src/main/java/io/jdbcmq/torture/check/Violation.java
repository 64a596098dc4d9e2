package io.jdbcmq.torture.check;

import io.jdbcmq.torture.history.Event;
import java.util.Comparator;
import java.util.List;

/**
 * A promise that was not kept.
 *
 * @param evidence the events that show it, in the order of their times
 */
public record Violation(Promise promise, String what, List<Event> evidence) {
  /** A violation. */
  public Violation {
    evidence = evidence.stream().sorted(Comparator.comparingLong(Event::nanos)).toList();
  }

  /** What is promised. */
  public enum Promise {
    /** An acknowledged job runs to its end. */
    NOTHING_LOST,
    /** What was not sent does not run. */
    NOTHING_SPURIOUS,
    /** A completion in the handler's transaction takes effect once. */
    EXACTLY_ONCE,
    /** A run that has lost its lease cannot complete its job. */
    FENCING,
    /** Ordered jobs run one after the other, in the order of their commits. */
    ORDER,
    /** A reserved job does not run before its commit, and not at all when it has expired. */
    RESERVATION,
    /** A job has no more attempts than it was given; each uses one, and the delays are as told. */
    ATTEMPTS,
    /** A job does not run before its delay is over. */
    DELAY,
    /** There is one live job of a unique key. */
    UNIQUENESS,
    /** A cancelled job is not completed, one that was cleared is gone. */
    CANCELLATION,
    /** Channels that wait take turns. */
    FAIRNESS,
    /** No job of a paused channel group is claimed. */
    PAUSE,
    /** The job of a runner that is alive and reaches the database is not started elsewhere. */
    LEASE,
    /** When all is well again, all jobs run. */
    LIVENESS,
    /** A runner that is told to end does so, and starts nothing any more. */
    SHUTDOWN,
    /** Runners and tables do not grow with time, and nobody opens sessions without end. */
    BOUNDS,
    /** The tables fit together. */
    STRUCTURE
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(promise + ": " + what);
    evidence.forEach(event -> text.append("\n    ").append(event));
    return text.toString();
  }
}
