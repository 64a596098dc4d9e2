package io.jdbcmq.internal.sql;

import io.jdbcmq.job.Channel;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * A job as a runner receives it.
 *
 * @param key the run
 * @param jobName picks the handler
 * @param channel where it was sent
 * @param attempt number of the attempt, from 1
 * @param retries attempts after the first one
 * @param ordered whether another job of its channel may wait for its end
 * @param timeout longest time that its handler may take; empty: any
 * @param sentAt when it was sent
 * @param headers what the sender put beside the payload
 * @param json the JSON payload
 * @param bytes the binary payload
 */
@SuppressWarnings("ArrayRecordComponent") // never compared; copied where it leaves the library
public record ClaimedJob(
    RunKey key,
    String jobName,
    Channel channel,
    int attempt,
    int retries,
    boolean ordered,
    Optional<Duration> timeout,
    Instant sentAt,
    Map<String, String> headers,
    Optional<String> json,
    Optional<byte[]> bytes) {
  /** Leaves the payload and the headers out. */
  @Override
  public String toString() {
    return "job " + key.id() + " named " + OneLine.of(jobName) + ", attempt " + attempt;
  }
}
