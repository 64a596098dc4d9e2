package io.jdbcmq.spi;

import io.jdbcmq.job.PayloadType;

/**
 * Turns payload objects into JSON and back. Found by {@link java.util.ServiceLoader}, or given to
 * the queue's builder.
 *
 * <p>Thread-safe. Must not let the JSON choose classes (polymorphic typing): whoever can send a job
 * could then choose code to run.
 */
public interface PayloadCodec {
  /**
   * Encodes a payload.
   *
   * @param payload the object
   * @return JSON text
   * @throws Exception if the object cannot be encoded; the caller wraps it
   */
  String encode(Object payload) throws Exception;

  /**
   * Decodes a payload.
   *
   * @param json JSON text as it was stored
   * @param type what to make of it
   * @throws Exception if the text does not fit the type; the caller wraps it
   */
  <T> T decode(String json, PayloadType<T> type) throws Exception;
}
