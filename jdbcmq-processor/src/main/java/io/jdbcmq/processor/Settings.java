package io.jdbcmq.processor;

import java.time.Duration;
import java.util.Optional;

/**
 * How jobs run, as far as it is written. What {@code @Job} and {@code @JobDefaults} have in common.
 *
 * @param timeout zero: written as none
 */
record Settings(
    Optional<String> channel,
    Optional<Integer> retries,
    Optional<Duration> backoff,
    Optional<Duration> maxBackoff,
    Optional<Double> jitter,
    Optional<Boolean> ordered,
    Optional<String> onDeath,
    Optional<Integer> priority,
    Optional<Duration> timeout) {
  static final Settings NONE =
      new Settings(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  /** What is written here, over what is written there. */
  Settings over(Settings other) {
    return new Settings(
        channel.or(other::channel),
        retries.or(other::retries),
        backoff.or(other::backoff),
        maxBackoff.or(other::maxBackoff),
        jitter.or(other::jitter),
        ordered.or(other::ordered),
        onDeath.or(other::onDeath),
        priority.or(other::priority),
        timeout.or(other::timeout));
  }

  boolean isOrdered() {
    return ordered.orElse(false);
  }

  boolean changesRetries() {
    return retries.isPresent()
        || backoff.isPresent()
        || maxBackoff.isPresent()
        || jitter.isPresent();
  }
}
