package io.jdbcmq.internal.runner;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Runs whose job somebody else has locked, so that nobody can tell yet what became of them. Locks
 * of other runners, which look at the head of an ordered channel, last for a moment; the
 * transaction of a handler can last for long. So they are asked about again after 2, 4, 8 … 50 ms.
 * For the thread of the completer.
 */
final class DoubtfulRuns {
  private static final long FIRST_MS = 2;
  private static final long LONGEST_MS = 50;
  private static final int MAX_DOUBLINGS = 5;

  private final List<Doubt> doubts = new ArrayList<>();

  private record Doubt(Outcome.InDoubt run, long askAtNanos) {}

  /** The database does not know what became of this run. */
  void add(Outcome.InDoubt run, long nowNanos) {
    long pauseMs = Math.min(LONGEST_MS, FIRST_MS << Math.min(run.asked(), MAX_DOUBLINGS));
    Outcome.InDoubt again = new Outcome.InDoubt(run.run(), run.ifOpen(), run.asked() + 1);
    doubts.add(new Doubt(again, nowNanos + Duration.ofMillis(pauseMs).toNanos()));
  }

  boolean isEmpty() {
    return doubts.isEmpty();
  }

  /** Time until it is time to ask about one of them; at most this long. */
  Duration untilDue(long nowNanos, Duration atMost) {
    long wait = atMost.toNanos();
    for (Doubt doubt : doubts) {
      wait = Math.min(wait, Math.max(0, doubt.askAtNanos - nowNanos));
    }
    return Duration.ofNanos(wait);
  }

  /** Those about which it is time to ask again. */
  List<Outcome.InDoubt> due(long nowNanos) {
    List<Outcome.InDoubt> due = new ArrayList<>();
    for (Iterator<Doubt> rest = doubts.iterator(); rest.hasNext(); ) {
      Doubt doubt = rest.next();
      if (doubt.askAtNanos - nowNanos <= 0) {
        due.add(doubt.run);
        rest.remove();
      }
    }
    return due;
  }
}
