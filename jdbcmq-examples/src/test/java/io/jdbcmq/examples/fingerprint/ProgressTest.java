package io.jdbcmq.examples.fingerprint;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private static final int ALL = 1000;

  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  @Test
  void aLineTellsHowFarItIsHowFastItGoesAndHowLongItTakes() {
    assertThat(new ProgressLine(250, ALL, 100, "").text(ALL))
        .isEqualTo("[######------------------]  25 %  250 of 1,000  100/s  7.5 s left");
  }

  @Test
  void nothingIsForetoldWhileNothingMoves() {
    assertThat(new ProgressLine(0, ALL, 0, "").text(ALL)).endsWith("  0 %  0 of 1,000  0/s");
  }

  @Test
  void aNoteTakesThePlaceOfRateAndTime() {
    assertThat(new ProgressLine(999, ALL, 1, "waiting").text(ALL))
        .isEqualTo("[#######################-]  99 %  999 of 1,000  waiting");
  }

  @Test
  void aCompleteLineForetellsNothing() {
    assertThat(new ProgressLine(ALL, ALL, 100, "").text(ALL))
        .isEqualTo("[########################] 100 %  1,000 of 1,000");
  }

  @Test
  void moreResultsThanFilesAreShownAsTheyAre() {
    assertThat(new ProgressLine(ALL + 1, ALL, 100, "").text(ALL))
        .contains("] 100 %  1,001 of 1,000");
  }

  @Test
  void aLineNeverGoesBeyondTheTerminal() {
    assertThat(new ProgressLine(250, ALL, 100, "").text(40)).hasSize(40);
  }

  @Test
  void onATerminalOneLineIsDrawnAnew() {
    try (Progress progress = progress(80)) {
      progress.show(new ProgressLine(1, ALL, 0, ""));
      progress.say("Something stays.");
      progress.show(new ProgressLine(ALL, ALL, 0, ""));
    }
    assertThat(written.toString(UTF_8).split("\r"))
        .satisfiesExactly(
            start -> assertThat(start).isEmpty(),
            first -> assertThat(first).startsWith("\033[K[----").doesNotContain("\n"),
            stays -> assertThat(stays).isEqualToNormalizingNewlines("\033[KSomething stays.\n"),
            last -> assertThat(last).startsWith("\033[K[####").endsWith(System.lineSeparator()));
  }

  @Test
  void onATerminalChangesInQuickSuccessionAreDrawnOnce() {
    try (Progress progress = progress(80)) {
      for (int i = 0; i < ALL / 2; i++) {
        progress.show(new ProgressLine(i, ALL, 0, ""));
      }
    }
    assertThat(written.toString(UTF_8).split("\r")).hasSizeLessThan(20);
  }

  @Test
  void elsewhereThereIsAPlainLineForEachTenth() {
    try (Progress progress = progress(0)) {
      for (int i = 0; i <= ALL; i++) {
        progress.show(new ProgressLine(i, ALL, 0, ""));
      }
    }
    assertThat(written.toString(UTF_8)).doesNotContain("\r[", "\033");
    assertThat(written.toString(UTF_8).lines()).hasSize(11);
  }

  private Progress progress(int columns) {
    return new Progress(new PrintStream(written, false, UTF_8), columns);
  }
}
