package io.jdbcmq.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SummaryTest {
  private static final Contender JDBCMQ = Contenders.named("jdbcmq");

  @Test
  void theMedianIsTheMiddleOneOrTheMeanOfTheTwoInTheMiddle() {
    assertThat(Summary.median(List.of(7.0))).isEqualTo(7);
    assertThat(Summary.median(List.of(9.0, 1.0, 2.0))).isEqualTo(2);
    assertThat(Summary.median(List.of(8.0, 1.0, 100.0, 2.0))).isEqualTo(5);
  }

  @Test
  void figuresOfRoundsAreSummedUpWithTheirSpread() {
    Summary summary = Summary.of(JDBCMQ, "drain", List.of(rate(30), rate(10), rate(20)));

    assertThat(summary.rounds()).isEqualTo(3);
    assertThat(summary.medians()).containsExactlyEntriesOf(Map.of(Figures.RATE, 20.0));
    assertThat(summary.spreads()).containsEntry(Figures.RATE, new Summary.Spread(10, 30));
    assertThat(summary.isClean()).isTrue();
  }

  @Test
  void oneJobThatWasRunTwiceInOneRoundIsNotLostInAMedian() {
    Figures twice = new Figures(Map.of(Figures.RATE, 1.0, Figures.TWICE, 1.0), "");

    Summary summary = Summary.of(JDBCMQ, "drain", List.of(rate(1), twice, rate(1)));

    assertThat(summary.isExact()).isFalse();
    assertThat(summary.isClean()).isFalse();
  }

  @Test
  void whatWasLeftOutCountsNoRoundButSaysWhy() {
    Summary summary = Summary.of(JDBCMQ, "drain", List.of(Figures.leftOut("no time")));

    assertThat(summary.rounds()).isZero();
    assertThat(summary.medians()).isEmpty();
    assertThat(summary.note()).isEqualTo("no time");
    assertThat(summary.isClean()).isTrue();
  }

  @Test
  void aFailureIsNotClean() {
    Figures failed = Figures.leftOut(Figures.FAILED + "no connection");

    assertThat(Summary.of(JDBCMQ, "drain", List.of(rate(1), failed)).isClean()).isFalse();
  }

  private static Figures rate(double value) {
    return new Figures(Map.of(Figures.RATE, value), "");
  }
}
