package io.jdbcmq.job;

import java.time.Instant;

/**
 * A failed attempt.
 *
 * @param attempt number of the attempt, from 1
 * @param failedAt when it failed, by the database's clock
 * @param error what the handler threw, or that its runner was lost; up to 8 KiB
 */
public record FailedAttempt(int attempt, Instant failedAt, String error) {
  /** Leaves the error out. */
  @Override
  public String toString() {
    return "FailedAttempt[attempt=" + attempt + ", failedAt=" + failedAt + "]";
  }
}
