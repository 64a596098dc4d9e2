package io.jdbcmq.job;

import java.time.Duration;

/** Checks durations. */
final class Durations {
  private Durations() {}

  static void check(String what, Duration duration, Duration min, Duration max) {
    if (duration.compareTo(min) < 0 || duration.compareTo(max) > 0) {
      throw new IllegalArgumentException(
          what + " must be " + min + " to " + max + " but was " + duration);
    }
  }
}
