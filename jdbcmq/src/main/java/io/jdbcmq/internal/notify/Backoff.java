package io.jdbcmq.internal.notify;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Growing pauses between tries of one thread while the database is away: from 50 ms, doubling, to a
 * maximum. Each is shortened by up to half at random, so that runners do not come back in step.
 */
public final class Backoff {
  private static final long FIRST_MS = 50;

  private final long maxMs;
  private long nextMs = FIRST_MS;

  /** Pauses of at most this length. */
  public Backoff(Duration max) {
    this.maxMs = max.toMillis();
  }

  /** The next pause. */
  public Duration next() {
    long pauseMs = Math.min(nextMs, maxMs);
    nextMs = Math.min(2 * nextMs, maxMs);
    return Duration.ofMillis(pauseMs - ThreadLocalRandom.current().nextLong(pauseMs / 2 + 1));
  }

  /** It worked: start anew. */
  public void reset() {
    nextMs = FIRST_MS;
  }
}
