package io.jdbcmq.embedded;

import java.io.IOException;
import java.time.Duration;

/** Waits for things that give no signal: processes that are not children of this one. */
final class Waiting {
  private static final long PAUSE_MILLIS = 5;

  private Waiting() {}

  interface Condition {
    boolean holds() throws IOException;
  }

  /** Waits for a condition; false if it did not hold within {@code atMost}. */
  static boolean until(Duration atMost, Condition condition) throws IOException {
    long start = System.nanoTime();
    while (!condition.holds()) {
      if (System.nanoTime() - start > atMost.toNanos()) {
        return false;
      }
      try {
        Thread.sleep(PAUSE_MILLIS);
      } catch (InterruptedException e) {
        throw EmbeddedPostgresException.interrupted("waiting for a server to end", e);
      }
    }
    return true;
  }
}
