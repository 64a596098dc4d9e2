package io.jdbcmq.job;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What is known of a live or dead job at one moment.
 *
 * @param id the id of the job
 * @param jobName picks the handler
 * @param channel where it was sent
 * @param state where it is
 * @param attempt number of the current or next attempt, or of the last one of a dead letter; from 1
 * @param retries attempts after the first one
 * @param sentAt when it was sent, by the database's clock
 * @param nextAttemptAt when it becomes ready, for a delayed job
 * @param reservedUntil when its reservation ends, for a reserved job
 * @param unknownCount how often runners handed it back because they had no handler for it
 * @param failedAttempts the failed attempts, oldest first
 */
public record JobStatus(
    UUID id,
    String jobName,
    Channel channel,
    JobState state,
    int attempt,
    int retries,
    Instant sentAt,
    Optional<Instant> nextAttemptAt,
    Optional<Instant> reservedUntil,
    int unknownCount,
    List<FailedAttempt> failedAttempts) {
  /** Copies the list. */
  public JobStatus {
    failedAttempts = List.copyOf(failedAttempts);
  }

  /** Leaves the errors out. */
  @Override
  public String toString() {
    return "JobStatus[id=%s, jobName=%s, channel=%s, state=%s, attempt=%d, retries=%d]"
        .formatted(id, Texts.oneLine(jobName), channel, state, attempt, retries);
  }
}
