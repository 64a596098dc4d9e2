package io.jdbcmq.examples.fingerprint;

import java.time.Duration;
import java.util.Locale;

/**
 * How far the work has come at one moment.
 *
 * @param done files that have a result
 * @param total files in all, at least 1
 * @param perSecond results per second of late
 * @param note what it is waiting for, instead of rate and remaining time; empty: nothing
 */
record ProgressLine(long done, long total, double perSecond, String note) {
  private static final int CELLS = 24;
  private static final int PERCENT = 100;
  private static final Duration LONGEST = Duration.ofDays(30);

  boolean isComplete() {
    return done >= total;
  }

  /** As text that is cut off after so many characters. */
  String text(int width) {
    int filled = (int) Math.min(CELLS, done * CELLS / total);
    String bar = "#".repeat(filled) + "-".repeat(CELLS - filled);
    String text =
        String.format(
                Locale.ROOT,
                "[%s] %3d %%  %s of %s  %s",
                bar,
                Math.min(PERCENT, done * PERCENT / total),
                Text.count(done),
                Text.count(total),
                outlook())
            .stripTrailing();
    return text.length() > width ? text.substring(0, width) : text;
  }

  private String outlook() {
    if (!note.isEmpty()) {
      return note;
    }
    if (isComplete()) {
      return "";
    }
    String rate = Text.count(Math.round(perSecond)) + "/s";
    double seconds = (total - done) / perSecond; // infinite while nothing is done
    return seconds > LONGEST.toSeconds()
        ? rate
        : rate + "  " + Text.duration(Duration.ofMillis(Math.round(seconds * 1000))) + " left";
  }
}
