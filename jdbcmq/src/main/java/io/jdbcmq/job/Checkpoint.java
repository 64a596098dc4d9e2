package io.jdbcmq.job;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Progress of a job to be saved by {@link CurrentJob#checkpoint}: what it names is changed, the
 * rest stays as it is. Each method returns a changed copy and refuses a value that cannot be
 * stored.
 *
 * <p>Immutable and thread-safe, but for a payload object: that is encoded when the checkpoint is
 * saved, not before.
 */
public final class Checkpoint {
  private static final int MAX_BYTES = 1 << 20;
  private static final int MAX_RETRIES = 10_000;
  private static final Duration LONGEST = Duration.ofDays(36_500);

  private final Draft draft;

  private Checkpoint(Draft draft) {
    this.draft = draft;
  }

  /** The next attempt gets this object as JSON payload, up to 1 MiB once encoded by the codec. */
  public static Checkpoint payload(Object payload) {
    return new Checkpoint(new Draft()).withPayload(payload);
  }

  /** The next attempt gets this text as JSON payload, up to 1 MiB of UTF-8. */
  public static Checkpoint json(String json) {
    return new Checkpoint(new Draft()).withJson(json);
  }

  /** The next attempt has no JSON payload. */
  public static Checkpoint clearJson() {
    return new Checkpoint(new Draft()).withoutJson();
  }

  /** The next attempt gets a copy of these bytes, up to 1 MiB. */
  public static Checkpoint bytes(byte[] bytes) {
    return new Checkpoint(new Draft()).withBytes(bytes);
  }

  /** The next attempt has no binary payload. */
  public static Checkpoint clearBytes() {
    return new Checkpoint(new Draft()).withoutBytes();
  }

  /** The job has so many retries more, 0 to 10,000; it never has more than 10,000. */
  public static Checkpoint extraRetries(int retries) {
    return new Checkpoint(new Draft()).withExtraRetries(retries);
  }

  /** Changes nothing in the job, and keeps the run alive: see {@link #withKeepAlive}. */
  public static Checkpoint keepAlive(Duration duration) {
    return new Checkpoint(new Draft()).withKeepAlive(duration);
  }

  /** And this object as JSON payload; replaces what was said of the JSON payload before. */
  public Checkpoint withPayload(Object payload) {
    return withJsonChange(Optional.of(payload), Optional.empty());
  }

  /** And this text as JSON payload; replaces what was said of the JSON payload before. */
  public Checkpoint withJson(String json) {
    return withJsonChange(Optional.empty(), Optional.of(json));
  }

  /** And no JSON payload; replaces what was said of the JSON payload before. */
  public Checkpoint withoutJson() {
    return withJsonChange(Optional.empty(), Optional.empty());
  }

  /** And a copy of these bytes, up to 1 MiB; replaces what was said of the bytes before. */
  public Checkpoint withBytes(byte[] bytes) {
    if (bytes.length > MAX_BYTES) {
      throw new IllegalArgumentException(
          "binary payload must have at most " + MAX_BYTES + " bytes but had " + bytes.length);
    }
    return withBytesChange(Optional.of(bytes.clone()));
  }

  /** And no binary payload; replaces what was said of the bytes before. */
  public Checkpoint withoutBytes() {
    return withBytesChange(Optional.empty());
  }

  /** And so many retries more, 0 to 10,000, instead of those named before. */
  public Checkpoint withExtraRetries(int retries) {
    if (retries < 0 || retries > MAX_RETRIES) {
      throw new IllegalArgumentException("extra retries must be 0 to 10,000 but was " + retries);
    }
    return with(copy -> copy.extraRetries = retries);
  }

  /**
   * And, once it is saved, keeps the run alive for this long, 1 ms to 36,500 days: as {@link
   * CurrentJob#keepAlive} does.
   */
  public Checkpoint withKeepAlive(Duration duration) {
    Durations.check("keep-alive", duration, Duration.ofMillis(1), LONGEST);
    return with(copy -> copy.keepAlive = Optional.of(duration));
  }

  /** Whether the JSON payload changes: to the object, else to the text, else to none. */
  public boolean changesJson() {
    return draft.changesJson;
  }

  /** The object to encode as JSON payload. */
  public Optional<Object> payload() {
    return draft.payload;
  }

  /** The JSON payload, if given as text. */
  public Optional<String> json() {
    return draft.json;
  }

  /** Whether the binary payload changes: to the bytes, else to none. */
  public boolean changesBytes() {
    return draft.changesBytes;
  }

  /** A copy of the binary payload. */
  public Optional<byte[]> bytes() {
    return draft.bytes.map(byte[]::clone);
  }

  /** How many retries the job has more. */
  public int extraRetries() {
    return draft.extraRetries;
  }

  /** For how long the run is kept alive. */
  public Optional<Duration> keepAlive() {
    return draft.keepAlive;
  }

  /** Leaves the payloads out. */
  @Override
  public String toString() {
    return "Checkpoint[changesJson=%s, changesBytes=%s, extraRetries=%d]"
        .formatted(draft.changesJson, draft.changesBytes, draft.extraRetries);
  }

  private Checkpoint withJsonChange(Optional<Object> payload, Optional<String> json) {
    return with(
        copy -> {
          copy.changesJson = true;
          copy.payload = payload;
          copy.json = json;
        });
  }

  private Checkpoint withBytesChange(Optional<byte[]> bytes) {
    return with(
        copy -> {
          copy.changesBytes = true;
          copy.bytes = bytes;
        });
  }

  private Checkpoint with(Consumer<Draft> change) {
    Draft copy = new Draft(draft);
    change.accept(copy);
    return new Checkpoint(copy);
  }

  /** The values of a checkpoint; changed only before the checkpoint is made of it. */
  private static final class Draft {
    boolean changesJson;
    Optional<Object> payload = Optional.empty();
    Optional<String> json = Optional.empty();
    boolean changesBytes;
    Optional<byte[]> bytes = Optional.empty();
    int extraRetries;
    Optional<Duration> keepAlive = Optional.empty();

    Draft() {}

    Draft(Draft other) {
      changesJson = other.changesJson;
      payload = other.payload;
      json = other.json;
      changesBytes = other.changesBytes;
      bytes = other.bytes;
      extraRetries = other.extraRetries;
      keepAlive = other.keepAlive;
    }
  }
}
