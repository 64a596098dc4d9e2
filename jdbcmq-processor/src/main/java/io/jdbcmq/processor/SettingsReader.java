package io.jdbcmq.processor;

import static io.jdbcmq.processor.Ranges.LONGEST;
import static io.jdbcmq.processor.Ranges.LONGEST_BACKOFF;
import static io.jdbcmq.processor.Ranges.MILLISECOND;

import io.jdbcmq.processor.Attributes.Written;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/**
 * Reads the attributes that {@code @Job} and {@code @JobDefaults} share. A value that is refused
 * counts as not written, so that the rest can be generated and is not reported as missing.
 */
final class SettingsReader {
  static final String ON_DEATH_WITHOUT_ORDER =
      "onDeath is for ordered jobs only: add ordered = true, or leave onDeath out";

  private final Problems problems;

  SettingsReader(Problems problems) {
    this.problems = problems;
  }

  Settings read(Attributes attributes) {
    return new Settings(
        accept(
            attributes.text("channel"),
            text -> Ranges.text("channel", text, 1, Ranges.MAX_CHANNEL_BYTES)),
        accept(
            attributes.number("retries"),
            number -> Ranges.number("retries", number, 0, Ranges.MAX_RETRIES)),
        duration(attributes, "backoff", LONGEST_BACKOFF),
        duration(attributes, "maxBackoff", LONGEST),
        accept(attributes.fraction("jitter"), Ranges::jitter),
        attributes.flag("ordered").map(Written::value),
        attributes.constant("onDeath").map(Written::value),
        accept(
            attributes.number("priority"),
            number -> Ranges.number("priority", number, Short.MIN_VALUE, Short.MAX_VALUE)),
        timeout(attributes));
  }

  /** The value, unless there is something wrong with it. */
  <T> Optional<T> accept(
      Optional<Written<T>> written, Function<? super T, Optional<String>> check) {
    return written.filter(value -> isAccepted(value, check)).map(Written::value);
  }

  <T> boolean isAccepted(Written<T> written, Function<? super T, Optional<String>> check) {
    Optional<String> wrong = check.apply(written.value());
    wrong.ifPresent(message -> problems.add(written.place(), message));
    return wrong.isEmpty();
  }

  private Optional<Duration> duration(Attributes attributes, String name, Duration max) {
    return accept(attributes.text(name), text -> Ranges.duration(name, text, Duration.ZERO, max))
        .map(Duration::parse);
  }

  private Optional<Duration> timeout(Attributes attributes) {
    Optional<Written<String>> written = attributes.text("timeout");
    if (written.isPresent() && written.get().value().isEmpty()) {
      return Optional.of(Duration.ZERO);
    }
    return accept(written, text -> Ranges.duration("timeout", text, MILLISECOND, LONGEST))
        .map(Duration::parse);
  }
}
