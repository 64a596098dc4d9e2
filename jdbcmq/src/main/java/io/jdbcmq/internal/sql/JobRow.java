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
        request.payload().isPresent()
            ? Optional.of(encode(request, request.payload().get(), codec))
            : request.json();
    json.ifPresent(text -> check(request, text));
    return new JobRow(
        request.id().orElseGet(UuidV7::next),
        request.id().isPresent(),
        request,
        json,
        request.bytes());
  }

  /** Characters and bytes of its payload. */
  public long size() {
    long characters = json.map(String::length).orElse(0);
    return characters + bytes.map(array -> array.length).orElse(0);
  }

  /** Leaves the payload out. */
  @Override
  public String toString() {
    return "job " + id + " named " + request.jobName();
  }

  private static void check(JobRequest request, String json) {
    try {
      JsonText.check(json);
    } catch (PayloadException e) {
      throw new PayloadException(
          "a job named %s cannot be sent: %s".formatted(request.jobName(), e.getMessage()), e);
    }
  }

  private static String encode(JobRequest request, Object payload, PayloadCodec codec) {
    try {
      return codec.encode(payload);
    } catch (PayloadException e) {
      throw e;
    } catch (Exception e) {
      throw new PayloadException(
          "payload of a job named %s, a %s, cannot be encoded as JSON"
              .formatted(request.jobName(), payload.getClass().getName()),
          e);
    }
  }
}
