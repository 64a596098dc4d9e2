package io.jdbcmq.examples.fingerprint;

import io.jdbcmq.examples.fingerprint.Totals.Counts;
import io.jdbcmq.examples.fingerprint.Totals.RunnerTotals;
import io.jdbcmq.examples.fingerprint.Totals.Times;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The table at the end, and the line that says whether all went right. */
final class Report {
  private final Totals totals;
  private final Counts counts;
  private final Times times;
  private final long skipped;
  private final long deadLetters;

  /**
   * A report.
   *
   * @param skipped files and folders that could not be read when the folder was listed
   */
  Report(Totals totals, long skipped, long deadLetters) {
    this.totals = totals;
    this.counts = totals.counts();
    this.times = totals.times();
    this.skipped = skipped;
    this.deadLetters = deadLetters;
  }

  /** The table, line by line. */
  List<String> table() {
    List<String> lines = new ArrayList<>();
    lines.add(row("files", counts.files(), Text.bytes(counts.bytes())));
    if (skipped > 0) {
      lines.add(row("skipped", skipped, "could not be read when the folder was listed"));
    }
    lines.add(row("results", counts.results(), unreadable()));
    lines.add(row("attempts", counts.attempts(), moreThanOne()));
    lines.add(row("taken over", counts.tookOver(), takenOverFrom()));
    lines.add(row("dead letters", deadLetters, ""));
    lines.add("");
    totals.runners().forEach(runner -> lines.add(row(runner)));
    lines.add("");
    lines.add(row("elapsed", Text.duration(times.elapsed()), withoutTakeOver()));
    lines.add(
        row(
            "rate",
            rate() + "/s",
            "results of first attempts, over those " + Text.duration(times.firstAttempts())));
    lines.add(row("wait p50", Text.duration(times.p50()), "from send to start of the handler"));
    lines.add(row("wait p99", Text.duration(times.p99()), ""));
    lines.add(row("wait longest", Text.duration(times.longest()), ""));
    return lines;
  }

  /** The last line of the demo. */
  String verdict() {
    return String.format(
        Locale.ROOT,
        "%d files, %d results, %d missing, %d repeated",
        counts.files(),
        counts.results(),
        counts.missing(),
        counts.repeated());
  }

  private String unreadable() {
    return counts.unreadable() == 0
        ? ""
        : Text.count(counts.unreadable()) + " of them: the file could no longer be read";
  }

  private String moreThanOne() {
    return counts.tookOver() == 0
        ? "one for each result"
        : "more than one for " + Text.count(counts.tookOver()) + " results";
  }

  private String takenOverFrom() {
    List<String> killed =
        totals.runners().stream().filter(RunnerTotals::killed).map(RunnerTotals::name).toList();
    return killed.isEmpty() ? "no runner was killed" : "from " + String.join(", ", killed);
  }

  private String withoutTakeOver() {
    Duration wait = times.elapsed().minus(times.firstAttempts());
    return wait.compareTo(Duration.ofMillis(100)) < 0
        ? ""
        : Text.duration(times.firstAttempts()) + " of it until only what was taken over was left";
  }

  private String rate() {
    double seconds = times.firstAttempts().toNanos() / 1e9;
    long firstAttempts = counts.results() - counts.tookOver();
    return seconds == 0 ? "0" : Text.count(Math.round(firstAttempts / seconds));
  }

  private static String row(RunnerTotals runner) {
    List<String> remarks = new ArrayList<>();
    if (runner.killed()) {
      remarks.add("killed");
    }
    if (runner.tookOver() > 0) {
      remarks.add("took over " + Text.count(runner.tookOver()));
    }
    return row("results of " + runner.name(), runner.results(), String.join(", ", remarks));
  }

  private static String row(String what, long count, String remark) {
    return row(what, Text.count(count), remark);
  }

  private static String row(String what, String value, String remark) {
    return String.format(Locale.ROOT, "  %-24s %10s  %s", what, value, remark).stripTrailing();
  }
}
