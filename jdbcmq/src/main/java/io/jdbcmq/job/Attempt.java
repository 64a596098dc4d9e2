package io.jdbcmq.job;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/**
 * One attempt of a job, as listeners are told of it. Without the payload, which is nobody's but the
 * handler's.
 *
 * @param jobId the id of the job, the same for every attempt
 * @param jobName picks the handler
 * @param channel where the job was sent
 * @param number of this attempt, from 1
 * @param last whether the job becomes a dead letter if this attempt fails; extra retries that its
 *     checkpoints add are not counted
 * @param sentAt when the job was sent, by the database's clock
 * @param headers what the sender put beside the payload; unmodifiable
 */
public record Attempt(
    UUID jobId,
    String jobName,
    Channel channel,
    int number,
    boolean last,
    Instant sentAt,
    Map<String, String> headers) {
  /** Copies the headers. */
  public Attempt {
    headers = Map.copyOf(headers);
  }

  /** Leaves the headers out. */
  @Override
  public String toString() {
    return "job " + jobId + " named " + Texts.oneLine(jobName) + ", attempt " + number;
  }
}
