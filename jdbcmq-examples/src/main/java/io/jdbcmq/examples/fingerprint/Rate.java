package io.jdbcmq.examples.fingerprint;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/** How fast a count has grown of late. For one thread. */
final class Rate {
  private static final Duration WINDOW = Duration.ofSeconds(3);

  private record Sample(long atNanos, long count) {}

  private final Deque<Sample> samples = new ArrayDeque<>();

  /** Takes note of a count. */
  void add(long atNanos, long count) {
    samples.addLast(new Sample(atNanos, count));
    while (samples.size() > 2 && atNanos - samples.getFirst().atNanos() > WINDOW.toNanos()) {
      samples.removeFirst();
    }
  }

  /** By how much the count grows in a second; 0 until two counts are known. */
  double perSecond() {
    if (samples.size() < 2) {
      return 0;
    }
    Sample first = samples.getFirst();
    Sample last = samples.getLast();
    double seconds = (last.atNanos() - first.atNanos()) / 1e9;
    return seconds <= 0 ? 0 : (last.count() - first.count()) / seconds;
  }
}
