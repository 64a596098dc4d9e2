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
 */
public record JobRow(UUID id, boolean ownId, JobRequest request, Optional<String> json) {
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
    json.ifPresent(JsonText::check);
    return new JobRow(
        request.id().orElseGet(UuidV7::next), request.id().isPresent(), request, json);
  }

  /** Characters and bytes of its payload, about. */
  public long size() {
    long characters = json.map(String::length).orElse(0);
    return characters + request.bytes().map(bytes -> bytes.length).orElse(0);
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
