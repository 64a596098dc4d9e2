package io.jdbcmq.processor;

import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * What the core accepts, which is what the database can store. Each check returns what is wrong.
 */
final class Ranges {
  static final int MAX_NAME_BYTES = 500;
  static final int MAX_RETRIES = 10_000;
  static final int MAX_CHANNEL_BYTES = 1000;
  static final int MAX_KEY_BYTES = 1000;
  static final Duration MILLISECOND = Duration.ofMillis(1);
  static final Duration LONGEST_BACKOFF = Duration.ofDays(24);
  static final Duration LONGEST = Duration.ofDays(36_500);

  private Ranges() {}

  static Optional<String> text(String what, String text, int minBytes, int maxBytes) {
    if (text.indexOf('\0') >= 0) {
      return Optional.of(
          what + " must not contain the character NUL, which PostgreSQL cannot store");
    }
    int bytes;
    try {
      bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text)).remaining();
    } catch (CharacterCodingException e) {
      return Optional.of(what + " must be valid Unicode but contains half of a surrogate pair");
    }
    if (bytes < minBytes || bytes > maxBytes) {
      return Optional.of(
          "%s must have %d to %d bytes of UTF-8 but has %d"
              .formatted(what, minBytes, maxBytes, bytes));
    }
    return Optional.empty();
  }

  static Optional<String> number(String what, int number, int min, int max) {
    if (number < min || number > max) {
      return Optional.of("%s must be %d to %d but is %d".formatted(what, min, max, number));
    }
    return Optional.empty();
  }

  static Optional<String> jitter(double jitter) {
    if (!(jitter >= 0 && jitter <= 1)) {
      return Optional.of("jitter must be 0 to 1 but is " + jitter);
    }
    return Optional.empty();
  }

  static Optional<String> duration(String what, String text, Duration min, Duration max) {
    Duration duration;
    try {
      duration = Duration.parse(text);
    } catch (DateTimeParseException e) {
      return Optional.of(
          "%s must be an ISO-8601 duration such as \"PT2S\" or \"P1D\" but is \"%s\""
              .formatted(what, text));
    }
    if (duration.compareTo(min) < 0 || duration.compareTo(max) > 0) {
      return Optional.of("%s must be %s to %s but is %s".formatted(what, iso(min), iso(max), text));
    }
    if (!duration.truncatedTo(ChronoUnit.MILLIS).equals(duration)) {
      return Optional.of("%s must be in whole milliseconds but is %s".formatted(what, text));
    }
    return Optional.empty();
  }

  /** Days as days: the JDK writes 36,500 of them as hours. */
  private static String iso(Duration duration) {
    return duration.toDays() > 0 ? "P" + duration.toDays() + "D" : duration.toString();
  }
}
