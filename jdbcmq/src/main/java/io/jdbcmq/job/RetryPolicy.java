package io.jdbcmq.job;

import java.time.Duration;

/**
 * How often and how late a job is tried again: 1 + retries attempts, with a delay that starts at
 * {@code backoff} and doubles with each failed attempt.
 *
 * @param retries attempts after the first one, 0 to 10,000
 * @param backoff delay after the first failed attempt, 0 to 24 days, in whole milliseconds
 * @param maxBackoff the longest delay before jitter, 0 to 36,500 days
 * @param jitter share of a delay by which it may be shorter or longer, 0 (none) to 1. Drawn from
 *     job and attempt, so that jobs that failed together do not come back together.
 */
public record RetryPolicy(int retries, Duration backoff, Duration maxBackoff, double jitter) {
  private static final Duration LONGEST_BACKOFF = Duration.ofDays(24);
  private static final Duration LONGEST = Duration.ofDays(36_500);

  /** Checks the ranges. */
  public RetryPolicy {
    if (retries < 0 || retries > 10_000) {
      throw new IllegalArgumentException("retries must be 0 to 10,000 but was " + retries);
    }
    Durations.check("backoff", backoff, Duration.ZERO, LONGEST_BACKOFF);
    Durations.check("max backoff", maxBackoff, Duration.ZERO, LONGEST);
    if (!(jitter >= 0 && jitter <= 1)) {
      throw new IllegalArgumentException("jitter must be 0 to 1 but was " + jitter);
    }
    jitter += 0.0; // makes 0 of a negative zero, which would not be equal to it
  }

  /** 4 retries after 1, 2, 4 and 8 seconds. */
  public static RetryPolicy standard() {
    return of(4, Duration.ofSeconds(1));
  }

  /** One attempt only. */
  public static RetryPolicy never() {
    return of(0, Duration.ZERO);
  }

  /** Doubling delays without a maximum and without jitter. */
  public static RetryPolicy of(int retries, Duration backoff) {
    return new RetryPolicy(retries, backoff, LONGEST, 0);
  }

  /** The same policy with delays of at most {@code maxBackoff}. */
  public RetryPolicy withMaxBackoff(Duration maxBackoff) {
    return new RetryPolicy(retries, backoff, maxBackoff, jitter);
  }

  /** The same policy with jitter, 0 to 1. */
  public RetryPolicy withJitter(double jitter) {
    return new RetryPolicy(retries, backoff, maxBackoff, jitter);
  }

  /** Whether delays grow without a maximum of their own. */
  public boolean isUnbounded() {
    return maxBackoff.equals(LONGEST);
  }
}
