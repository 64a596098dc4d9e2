package io.jdbcmq.job;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * What sender and handler of a kind of job agree on: its name, its payload, and where and how it
 * runs unless a request says otherwise. Immutable; thread-safe.
 *
 * @param <T> type of the payload
 * @param name stable text that picks the handler, 1 to 500 bytes of UTF-8; stays the same when
 *     classes are renamed
 * @param payload type of the payload, which the codec encodes as JSON; {@code byte[]} goes as
 *     binary payload
 * @param channel where requests go
 * @param retryPolicy how often and how late failed attempts are repeated
 * @param priority lower numbers run first within the channel group, -32,768 to 32,767
 * @param onDeath what the death of a job means to those behind it in its ordered channel; empty:
 *     not ordered
 * @param timeout the longest that an attempt may take, 1 ms to 36,500 days; empty: no limit
 */
public record JobType<T>(
    String name,
    PayloadType<T> payload,
    Channel channel,
    RetryPolicy retryPolicy,
    int priority,
    Optional<OnDeath> onDeath,
    Optional<Duration> timeout) {
  /** Checks what a request checks, and that nothing is missing. */
  public JobType {
    Objects.requireNonNull(payload, "payload");
    template(name, channel, retryPolicy, priority, onDeath, timeout);
  }

  /** A type in the default channel with the standard retry policy. */
  public static <T> JobType<T> of(String name, Class<T> payload) {
    return of(name, PayloadType.of(payload));
  }

  /** A type in the default channel with the standard retry policy. */
  public static <T> JobType<T> of(String name, PayloadType<T> payload) {
    return new JobType<>(
        name,
        payload,
        Channel.DEFAULT,
        RetryPolicy.standard(),
        0,
        Optional.empty(),
        Optional.empty());
  }

  /** The same type in another channel, the only one of its group. */
  public JobType<T> channel(String channelName) {
    return channel(channelName, "");
  }

  /** The same type in the channel of these args in the group of this name. */
  public JobType<T> channel(String channelName, String args) {
    Channel other = new Channel(channelName, args);
    return new JobType<>(name, payload, other, retryPolicy, priority, onDeath, timeout);
  }

  /** The same type with another retry policy. */
  public JobType<T> retry(RetryPolicy policy) {
    return new JobType<>(name, payload, channel, policy, priority, onDeath, timeout);
  }

  /** The same type with another priority, as in {@link JobRequest#priority(int)}. */
  public JobType<T> priority(int other) {
    return new JobType<>(name, payload, channel, retryPolicy, other, onDeath, timeout);
  }

  /** The same type in strict order, as in {@link JobRequest#ordered()}. */
  public JobType<T> ordered() {
    return ordered(OnDeath.SKIP);
  }

  /** The same type in strict order, as in {@link JobRequest#ordered(OnDeath)}. */
  public JobType<T> ordered(OnDeath policy) {
    return new JobType<>(
        name, payload, channel, retryPolicy, priority, Optional.of(policy), timeout);
  }

  /** The same type with a limit to each attempt, as in {@link JobRequest#timeout(Duration)}. */
  public JobType<T> timeout(Duration limit) {
    return new JobType<>(
        name, payload, channel, retryPolicy, priority, onDeath, Optional.of(limit));
  }

  /** A request to run a job of this type. */
  public JobRequest request(T payload) {
    JobRequest request = template(name, channel, retryPolicy, priority, onDeath, timeout);
    return payload instanceof byte[] bytes ? request.bytes(bytes) : request.payload(payload);
  }

  private static JobRequest template(
      String name,
      Channel channel,
      RetryPolicy retryPolicy,
      int priority,
      Optional<OnDeath> onDeath,
      Optional<Duration> timeout) {
    JobRequest request = JobRequest.of(name).channel(channel).retry(retryPolicy).priority(priority);
    JobRequest placed = onDeath.map(request::ordered).orElse(request);
    return timeout.map(placed::timeout).orElse(placed);
  }
}
