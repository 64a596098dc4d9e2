package io.jdbcmq.internal.sql;

import io.jdbcmq.job.Checkpoint;
import io.jdbcmq.job.PayloadException;
import io.jdbcmq.spi.PayloadCodec;
import java.util.Optional;

/**
 * A checkpoint that can be stored: its payload is encoded and checked.
 *
 * @param changesJson whether the JSON payload changes
 * @param json to this; empty: to none
 * @param changesBytes whether the binary payload changes
 * @param bytes to this; empty: to none
 * @param extraRetries retries more
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Progress(
    boolean changesJson,
    Optional<String> json,
    boolean changesBytes,
    Optional<byte[]> bytes,
    int extraRetries) {
  /**
   * Encodes and checks a checkpoint, before anything is written.
   *
   * @throws PayloadException if the payload cannot be encoded or stored
   */
  public static Progress of(RunKey run, Checkpoint checkpoint, PayloadCodec codec) {
    Optional<String> json =
        Payloads.json(
            () -> "the checkpoint of job " + run.id() + " cannot be saved",
            checkpoint.payload(),
            checkpoint.json(),
            codec);
    return new Progress(
        checkpoint.changesJson(),
        json,
        checkpoint.changesBytes(),
        checkpoint.bytes(),
        checkpoint.extraRetries());
  }

  /** Leaves the payloads out. */
  @Override
  public String toString() {
    return "progress with " + extraRetries + " extra retries";
  }
}
