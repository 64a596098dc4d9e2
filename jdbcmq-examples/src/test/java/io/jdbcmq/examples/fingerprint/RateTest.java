package io.jdbcmq.examples.fingerprint;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RateTest {
  private static final long SECOND = 1_000_000_000L;

  private final Rate rate = new Rate();

  @Test
  void nothingIsKnownBeforeTheSecondCount() {
    assertThat(rate.perSecond()).isZero();
    rate.add(5, 100);
    assertThat(rate.perSecond()).isZero();
  }

  @Test
  void countsOfTheSameMomentHaveNoRate() {
    rate.add(5, 0);
    rate.add(5, 100);
    assertThat(rate.perSecond()).isZero();
  }

  @Test
  void onlyTheLastSecondsMatter() {
    for (int second = 0; second <= 10; second++) {
      rate.add(second * SECOND, second * 10L);
    }
    for (int second = 11; second <= 14; second++) {
      rate.add(second * SECOND, 100 + (second - 10) * 500L);
    }
    assertThat(rate.perSecond()).isEqualTo(500);
  }

  @Test
  void aLongPauseIsPartOfTheRate() {
    rate.add(0, 0);
    rate.add(100 * SECOND, 50);
    assertThat(rate.perSecond()).isEqualTo(0.5);
  }
}
