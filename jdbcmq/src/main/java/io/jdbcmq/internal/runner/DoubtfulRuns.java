package io.jdbcmq.internal.runner;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs whose handler has returned while the transaction that completes them is still open. They are
 * asked about again after 50 ms. For the thread of the completer.
 */
final class DoubtfulRuns {
  private static final long PAUSE_NANOS = Duration.ofMillis(50).toNanos();

  private final List<Outcome.InDoubt> runs = new ArrayList<>();
  private long askedAtNanos;

  void add(Outcome.InDoubt run, long nowNanos) {
    runs.add(run);
    askedAtNanos = nowNanos;
  }

  boolean isEmpty() {
    return runs.isEmpty();
  }

  /** All of them, if it is time to ask again. */
  List<Outcome.InDoubt> due(long nowNanos) {
    if (nowNanos - askedAtNanos < PAUSE_NANOS) {
      return List.of();
    }
    List<Outcome.InDoubt> due = List.copyOf(runs);
    runs.clear();
    return due;
  }
}
