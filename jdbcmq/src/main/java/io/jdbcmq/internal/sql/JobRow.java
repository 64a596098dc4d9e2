package io.jdbcmq.internal.sql;

import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.PayloadException;
import io.jdbcmq.spi.PayloadCodec;
import java.util.Optional;
import java.util.UUID;

/**
 * A request that can be stored: its payload is encoded and checked.
 *
 * @param id the caller's id, or a fresh one
 * @param ownId whether it is the caller's, and may exist
 * @param request all else
 * @param json the JSON payload
 * @param bytes the binary payload
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record JobRow(
    UUID id, boolean ownId, JobRequest request, Optional<String> json, Optional<byte[]> bytes) {
  /**
   * Encodes and checks a request, before anything is written.
   *
   * @throws PayloadException if the payload cannot be encoded or stored
   */
  public static JobRow of(JobRequest request, PayloadCodec codec) {
    Optional<String> json =
        Payloads.json(
            () -> "a job named " + OneLine.of(request.jobName()) + " cannot be sent",
            request.payload(),
            request.json(),
            codec);
    return new JobRow(
        request.id().orElseGet(UuidV7::next),
        request.id().isPresent(),
        request,
        json,
        request.bytes());
  }

  /**
   * Whether the job can exist nowhere else and be claimed at once, so that to store it waits for no
   * other transaction.
   */
  public boolean isPlain() {
    return !ownId
        && request.uniqueKey().isEmpty()
        && !request.isOrdered()
        && request.delay().isZero()
        && request.runAt().isEmpty();
  }

  /** Characters and bytes of its payload. */
  public long size() {
    long characters = json.map(String::length).orElse(0);
    return characters + bytes.map(array -> array.length).orElse(0);
  }

  /** Leaves the payload out. */
  @Override
  public String toString() {
    return "job " + id + " named " + OneLine.of(request.jobName());
  }
}
