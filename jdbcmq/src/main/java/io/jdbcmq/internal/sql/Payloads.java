package io.jdbcmq.internal.sql;

import io.jdbcmq.job.PayloadException;
import io.jdbcmq.spi.PayloadCodec;
import java.util.Optional;
import java.util.function.Supplier;

/** Encodes and checks JSON payloads, before anything is written. */
final class Payloads {
  private Payloads() {}

  /**
   * The JSON to store: the object encoded, else the text.
   *
   * @param refusal what cannot be done if the payload is refused, for the message
   * @throws PayloadException if it cannot be encoded or stored
   */
  static Optional<String> json(
      Supplier<String> refusal,
      Optional<Object> object,
      Optional<String> text,
      PayloadCodec codec) {
    Optional<String> json =
        object.isPresent() ? Optional.of(encode(refusal, object.get(), codec)) : text;
    json.ifPresent(checked -> check(refusal, checked));
    return json;
  }

  private static void check(Supplier<String> refusal, String json) {
    try {
      JsonText.check(json);
    } catch (PayloadException e) {
      throw new PayloadException(refusal.get() + ": " + e.getMessage(), e);
    }
  }

  private static String encode(Supplier<String> refusal, Object payload, PayloadCodec codec) {
    try {
      return codec.encode(payload);
    } catch (PayloadException e) {
      throw e;
    } catch (Exception e) {
      throw new PayloadException(
          "%s: its payload, a %s, cannot be encoded as JSON"
              .formatted(refusal.get(), payload.getClass().getName()),
          e);
    }
  }
}
