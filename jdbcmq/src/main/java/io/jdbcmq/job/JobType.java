package io.jdbcmq.job;

import java.util.Objects;

/**
 * What sender and handler of a kind of job agree on: its name, its payload, and where and how it
 * runs unless a request says otherwise. Immutable; thread-safe.
 *
 * @param <T> type of the payload
 * @param name stable text that picks the handler, 1 to 500 bytes of UTF-8; stays the same when
 *     classes are renamed
 * @param payload class of the payload, which the codec encodes as JSON
 * @param channel where requests go
 * @param retryPolicy how often and how late failed attempts are repeated
 */
public record JobType<T>(String name, Class<T> payload, Channel channel, RetryPolicy retryPolicy) {
  /** Checks the name, and that nothing is missing. */
  public JobType {
    Texts.check("job name", name, 1, 500);
    Objects.requireNonNull(payload, "payload");
    Objects.requireNonNull(channel, "channel");
    Objects.requireNonNull(retryPolicy, "retryPolicy");
  }

  /** A type in the default channel with the standard retry policy. */
  public static <T> JobType<T> of(String name, Class<T> payload) {
    return new JobType<>(name, payload, Channel.DEFAULT, RetryPolicy.standard());
  }

  /** The same type in another channel, the only one of its group. */
  public JobType<T> channel(String channelName) {
    return new JobType<>(name, payload, Channel.of(channelName), retryPolicy);
  }

  /** The same type with another retry policy. */
  public JobType<T> retry(RetryPolicy policy) {
    return new JobType<>(name, payload, channel, policy);
  }

  /** A request to run a job of this type. */
  public JobRequest request(T payload) {
    return JobRequest.of(name).channel(channel).retry(retryPolicy).payload(payload);
  }
}
