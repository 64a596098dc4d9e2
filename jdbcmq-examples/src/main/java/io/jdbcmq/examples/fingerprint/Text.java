package io.jdbcmq.examples.fingerprint;

import java.time.Duration;
import java.util.Locale;

/** How values look on a terminal. */
final class Text {
  private static final int UNIT = 1000;

  private Text() {}

  /** With thousands apart: {@code 12,345}. */
  static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  /** In the unit that fits: {@code 1.5 GB}. */
  static String bytes(long bytes) {
    String[] units = {"kB", "MB", "GB", "TB"};
    if (bytes < UNIT) {
      return bytes + " bytes";
    }
    double value = bytes;
    int unit = -1;
    while (value >= UNIT && unit < units.length - 1) {
      value /= UNIT;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %s", value, units[unit]);
  }

  /** In the unit that fits: {@code 12 ms}, {@code 1.5 s}, {@code 2 min 5 s}, {@code 3 h 4 min}. */
  static String duration(Duration duration) {
    if (duration.compareTo(Duration.ofSeconds(1)) < 0) {
      return duration.toMillis() + " ms";
    }
    if (duration.compareTo(Duration.ofMinutes(1)) < 0) {
      return String.format(
          Locale.ROOT, "%d.%d s", duration.toSeconds(), duration.toMillisPart() / 100);
    }
    if (duration.compareTo(Duration.ofHours(1)) < 0) {
      return duration.toMinutes() + " min " + duration.toSecondsPart() + " s";
    }
    return duration.toHours() + " h " + duration.toMinutesPart() + " min";
  }

  /** On one line and without characters that would move the cursor or that no charset has. */
  static String printable(Object value) {
    StringBuilder printable = new StringBuilder();
    value
        .toString()
        .codePoints()
        .map(point -> isPrintable(point) ? point : '?')
        .forEach(printable::appendCodePoint);
    return printable.toString();
  }

  private static boolean isPrintable(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }
}
