package io.jdbcmq.examples.fingerprint;

import java.io.PrintStream;
import java.time.Duration;

/**
 * Shows how far the work has come: on a terminal in one line that is drawn anew, elsewhere in a
 * line now and then. For one thread.
 */
final class Progress implements AutoCloseable {
  private static final Duration REDRAW = Duration.ofMillis(100);
  private static final Duration NEXT_LINE = Duration.ofSeconds(5);
  private static final int TENTHS = 10;
  private static final String CLEAR_LINE = "\r\033[K";

  private final PrintStream out;
  private final int columns;
  private boolean drawn;
  private long shownAtNanos;
  private long shownTenth = -1;

  /**
   * Progress that is shown here.
   *
   * @param columns width of the terminal; 0: it is none
   */
  Progress(PrintStream out, int columns) {
    this.out = out;
    this.columns = columns;
  }

  /** Shows this, unless something was shown just before. */
  void show(ProgressLine line) {
    long now = System.nanoTime();
    if (columns > 0) {
      if (!drawn || now - shownAtNanos >= REDRAW.toNanos() || line.isComplete()) {
        out.print(CLEAR_LINE + line.text(columns - 1));
        out.flush();
        drawn = true;
        shownAtNanos = now;
      }
    } else {
      long tenth = line.done() * TENTHS / line.total();
      if (tenth > shownTenth || now - shownAtNanos >= NEXT_LINE.toNanos()) {
        out.println(line.text(Integer.MAX_VALUE));
        shownTenth = tenth;
        shownAtNanos = now;
      }
    }
  }

  /** Says something in a line that stays. */
  void say(String text) {
    if (drawn) {
      out.print(CLEAR_LINE);
      drawn = false;
    }
    out.println(text);
  }

  /** Leaves the line as it is. */
  @Override
  public void close() {
    if (drawn) {
      out.println();
      drawn = false;
    }
  }
}
