package io.jdbcmq.job;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * A job to send. Each method returns a changed copy and refuses a value that cannot be stored.
 *
 * <p>Immutable and thread-safe, but for a payload object: that is encoded when the request is sent,
 * not before.
 */
public final class JobRequest {
  private static final Duration SHORTEST_TIMEOUT = Duration.ofMillis(1);
  private static final Duration LONGEST = Duration.ofDays(36_500);
  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");
  private static final int MAX_BYTES = 1 << 20;
  private static final int MAX_HEADERS = 64;
  private static final int MAX_HEADER_BYTES = 16 * 1024;

  private final Draft draft;

  private JobRequest(Draft draft) {
    this.draft = draft;
  }

  /**
   * A request without payload, due at once, in the default channel, with the standard retry policy
   * and a fresh UUIDv7.
   *
   * @param jobName picks the handler, 1 to 500 bytes of UTF-8
   */
  public static JobRequest of(String jobName) {
    Texts.check("job name", jobName, 1, 500);
    return new JobRequest(new Draft(jobName));
  }

  /** Under this id: sending it again, while the job is live or dead, is a duplicate. */
  public JobRequest id(UUID id) {
    return with(copy -> copy.id = Optional.of(id));
  }

  /** To the only channel of the group of this name. */
  public JobRequest channel(String name) {
    return channel(Channel.of(name));
  }

  /** To the channel of these args in the group of this name. */
  public JobRequest channel(String name, String args) {
    return channel(new Channel(name, args));
  }

  /** To this channel. */
  public JobRequest channel(Channel channel) {
    Objects.requireNonNull(channel, "channel");
    return with(copy -> copy.channel = channel);
  }

  /** Tried again in this way when an attempt fails. */
  public JobRequest retry(RetryPolicy policy) {
    Objects.requireNonNull(policy, "policy");
    return with(copy -> copy.retryPolicy = policy);
  }

  /**
   * With this priority within its channel group, -32,768 to 32,767: lower numbers run first, 0 is
   * usual.
   */
  public JobRequest priority(int priority) {
    if (priority < Short.MIN_VALUE || priority > Short.MAX_VALUE) {
      throw new IllegalArgumentException("priority must be -32,768 to 32,767 but was " + priority);
    }
    return with(copy -> copy.priority = priority);
  }

  /**
   * In strict order within its channel: it starts only after the ordered job before it has
   * completed, was cancelled or cleared, or has died. Like {@link #ordered(OnDeath)} with {@link
   * OnDeath#SKIP}.
   */
  public JobRequest ordered() {
    return ordered(OnDeath.SKIP);
  }

  /**
   * In strict order within its channel: it starts only after the ordered job before it has
   * completed, was cancelled or cleared, or has died and lets the next one run. A job that is
   * delayed, reserved or tried again holds those behind it.
   *
   * <p>The order is that in which the sending transactions commit; within one transaction that of
   * the calls and of the lists. Senders to one channel wait for each other's commit; a list may
   * name any number of channels. Jobs of the channel that are not ordered keep out of it. Priority
   * decides between channels, not within an ordered one.
   *
   * @param onDeath what happens to the jobs behind this one if it uses up its attempts
   */
  public JobRequest ordered(OnDeath onDeath) {
    return with(copy -> copy.onDeath = Optional.of(onDeath));
  }

  /**
   * With a limit to each attempt, 1 ms to 36,500 days in whole milliseconds: when it is over, the
   * runner interrupts the handler, and the attempt has failed. Otherwise an attempt may take as
   * long as its runner lives.
   */
  public JobRequest timeout(Duration timeout) {
    Durations.check("timeout", timeout, SHORTEST_TIMEOUT, LONGEST);
    return with(copy -> copy.timeout = Optional.of(timeout));
  }

  /**
   * As the only live job of its name with this key, in whatever channel: while there is one, from
   * send until it has completed, was cancelled or has died, another one is a duplicate.
   *
   * @param key 1 to 1,000 bytes of UTF-8
   */
  public JobRequest uniqueKey(String key) {
    Texts.check("unique key", key, 1, 1000);
    return with(copy -> copy.uniqueKey = Optional.of(key));
  }

  /**
   * Not before this much time has passed since it was sent, 0 to 36,500 days in whole milliseconds;
   * replaces {@link #runAt(Instant)}.
   */
  public JobRequest delay(Duration delay) {
    Durations.check("delay", delay, Duration.ZERO, LONGEST);
    return with(
        copy -> {
          copy.delay = delay;
          copy.runAt = Optional.empty();
        });
  }

  /**
   * Not before this moment of the database's clock, 1970 to 9999; a past one means at once.
   * Replaces {@link #delay(Duration)}.
   */
  public JobRequest runAt(Instant runAt) {
    if (runAt.isBefore(Instant.EPOCH) || runAt.isAfter(LATEST)) {
      throw new IllegalArgumentException(
          "run-at must be " + Instant.EPOCH + " to " + LATEST + " but was " + runAt);
    }
    return with(
        copy -> {
          copy.delay = Duration.ZERO;
          copy.runAt = Optional.of(runAt);
        });
  }

  /**
   * With this object as JSON payload, up to 1 MiB once encoded by the codec; replaces {@link
   * #json(String)}.
   */
  public JobRequest payload(Object payload) {
    return with(
        copy -> {
          copy.payload = Optional.of(payload);
          copy.json = Optional.empty();
        });
  }

  /**
   * With this text as JSON payload, up to 1 MiB of UTF-8, checked when it is sent; replaces {@link
   * #payload(Object)}.
   */
  public JobRequest json(String json) {
    return with(
        copy -> {
          copy.payload = Optional.empty();
          copy.json = Optional.of(json);
        });
  }

  /** With a copy of these bytes, up to 1 MiB, beside a JSON payload if there is one. */
  public JobRequest bytes(byte[] bytes) {
    if (bytes.length > MAX_BYTES) {
      throw new IllegalArgumentException(
          "binary payload must have at most " + MAX_BYTES + " bytes but had " + bytes.length);
    }
    byte[] copied = bytes.clone();
    return with(copy -> copy.bytes = Optional.of(copied));
  }

  /** With one more header. At most 64 headers, and 16 KiB of them all. */
  public JobRequest header(String key, String value) {
    Texts.check("header key", key, 1, 1000);
    Map<String, String> headers = new LinkedHashMap<>(draft.headers);
    headers.put(key, value);
    int bytes =
        headers.entrySet().stream()
            .mapToInt(
                header ->
                    Texts.bytes("header key", header.getKey())
                        + Texts.bytes("header value", header.getValue()))
            .sum();
    if (headers.size() > MAX_HEADERS || bytes > MAX_HEADER_BYTES) {
      throw new IllegalArgumentException(
          "headers must be at most %d and %d bytes in all but were %d and %d"
              .formatted(MAX_HEADERS, MAX_HEADER_BYTES, headers.size(), bytes));
    }
    return with(copy -> copy.headers = Collections.unmodifiableMap(headers));
  }

  /** Picks the handler. */
  public String jobName() {
    return draft.jobName;
  }

  /** The caller's id; empty: the library makes one. */
  public Optional<UUID> id() {
    return draft.id;
  }

  /** Where it goes. */
  public Channel channel() {
    return draft.channel;
  }

  /** How often and how late it is tried again. */
  public RetryPolicy retryPolicy() {
    return draft.retryPolicy;
  }

  /** Lower numbers run first within the channel group. */
  public int priority() {
    return draft.priority;
  }

  /** Whether it keeps its place in the order of its channel. */
  public boolean isOrdered() {
    return draft.onDeath.isPresent();
  }

  /** What its death means to those behind it; empty: it is not ordered. */
  public Optional<OnDeath> onDeath() {
    return draft.onDeath;
  }

  /** The longest that an attempt may take; empty: no limit. */
  public Optional<Duration> timeout() {
    return draft.timeout;
  }

  /** What makes it the only live job of its name; empty: there may be any number. */
  public Optional<String> uniqueKey() {
    return draft.uniqueKey;
  }

  /** Time from sending to the earliest start; zero if a moment is given instead. */
  public Duration delay() {
    return draft.delay;
  }

  /** The earliest start, if given as a moment. */
  public Optional<Instant> runAt() {
    return draft.runAt;
  }

  /** The object to encode as JSON payload. */
  public Optional<Object> payload() {
    return draft.payload;
  }

  /** The JSON payload, if given as text. */
  public Optional<String> json() {
    return draft.json;
  }

  /** A copy of the binary payload. */
  public Optional<byte[]> bytes() {
    return draft.bytes.map(byte[]::clone);
  }

  /** What goes beside the payload; unmodifiable. */
  public Map<String, String> headers() {
    return draft.headers;
  }

  /** Leaves the payload and the headers out. */
  @Override
  public String toString() {
    return "JobRequest[jobName="
        + Texts.oneLine(draft.jobName)
        + ", channel="
        + draft.channel
        + "]";
  }

  private JobRequest with(Consumer<Draft> change) {
    Draft copy = new Draft(draft);
    change.accept(copy);
    return new JobRequest(copy);
  }

  /** The values of a request; changed only before the request is made of it. */
  private static final class Draft {
    final String jobName;
    Optional<UUID> id = Optional.empty();
    Channel channel = Channel.DEFAULT;
    RetryPolicy retryPolicy = RetryPolicy.standard();
    int priority;
    Optional<OnDeath> onDeath = Optional.empty();
    Optional<Duration> timeout = Optional.empty();
    Optional<String> uniqueKey = Optional.empty();
    Duration delay = Duration.ZERO;
    Optional<Instant> runAt = Optional.empty();
    Optional<Object> payload = Optional.empty();
    Optional<String> json = Optional.empty();
    Optional<byte[]> bytes = Optional.empty();
    Map<String, String> headers = Map.of();

    Draft(String jobName) {
      this.jobName = jobName;
    }

    Draft(Draft other) {
      jobName = other.jobName;
      id = other.id;
      channel = other.channel;
      retryPolicy = other.retryPolicy;
      priority = other.priority;
      onDeath = other.onDeath;
      timeout = other.timeout;
      uniqueKey = other.uniqueKey;
      delay = other.delay;
      runAt = other.runAt;
      payload = other.payload;
      json = other.json;
      bytes = other.bytes;
      headers = other.headers;
    }
  }
}
