package io.jdbcmq.job;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A job that used up its attempts, or gave up. All its errors are in {@code JobQueue.find}.
 *
 * <p>{@code toString} leaves the error and the payload out.
 *
 * @param id the id of the job
 * @param jobName picks the handler
 * @param channel where it was sent
 * @param attempts how many attempts it had
 * @param sentAt when it was sent
 * @param diedAt when its last attempt failed
 * @param error why the last attempt failed
 * @param json the JSON payload
 * @param bytes the binary payload; not copied, do not change it
 */
@SuppressWarnings(
    "ArrayRecordComponent") // compared by nobody; a copy for each access would surprise more
public record DeadLetter(
    UUID id,
    String jobName,
    Channel channel,
    int attempts,
    Instant sentAt,
    Instant diedAt,
    Optional<String> error,
    Optional<String> json,
    Optional<byte[]> bytes) {

  @Override
  public String toString() {
    return "DeadLetter[id="
        + id
        + ", jobName="
        + Texts.oneLine(jobName)
        + ", channel="
        + channel
        + ", attempts="
        + attempts
        + "]";
  }
}
