package io.jdbcmq.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RetryPolicyTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final RetryPolicy POLICY = RetryPolicy.of(3, SECOND);

  @Test
  void standardPolicyHasFourRetries() {
    assertThat(RetryPolicy.standard()).isEqualTo(RetryPolicy.of(4, SECOND));
    assertThat(RetryPolicy.never().retries()).isZero();
  }

  @Test
  void delaysGrowWithoutJitterAndMaximumUnlessToldOtherwise() {
    assertThat(POLICY.jitter()).isZero();
    assertThat(POLICY.isUnbounded()).isTrue();
  }

  @Test
  void copiesDifferInOneValueOnly() {
    assertThat(POLICY.withMaxBackoff(Duration.ofMinutes(1)))
        .isEqualTo(new RetryPolicy(3, SECOND, Duration.ofMinutes(1), 0))
        .returns(false, RetryPolicy::isUnbounded);
    assertThat(POLICY.withJitter(0.5))
        .isEqualTo(new RetryPolicy(3, SECOND, POLICY.maxBackoff(), 0.5))
        .returns(true, RetryPolicy::isUnbounded);
    assertThat(POLICY).isEqualTo(RetryPolicy.of(3, SECOND));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 10_000})
  void retriesWithinLimits(int retries) {
    assertThat(RetryPolicy.of(retries, SECOND).retries()).isEqualTo(retries);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 10_001, Integer.MIN_VALUE, Integer.MAX_VALUE})
  void retriesBeyondLimits(int retries) {
    assertThatThrownBy(() -> RetryPolicy.of(retries, SECOND))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("retries must be 0 to 10,000 but was " + retries);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT0.001S", "P24D"})
  void backoffWithinLimits(Duration backoff) {
    assertThat(RetryPolicy.of(1, backoff).backoff()).isEqualTo(backoff);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT-0.000000001S", "PT-1S", "P24DT0.000000001S", "P36500D"})
  void backoffBeyondLimits(Duration backoff) {
    assertThatThrownBy(() -> RetryPolicy.of(1, backoff))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("backoff must be PT0S to PT576H but was " + backoff);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT1S", "P36500D"})
  void maxBackoffWithinLimits(Duration maxBackoff) {
    assertThat(POLICY.withMaxBackoff(maxBackoff).maxBackoff()).isEqualTo(maxBackoff);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT-0.000000001S", "P36500DT0.000000001S"})
  void maxBackoffBeyondLimits(Duration maxBackoff) {
    assertThatThrownBy(() -> POLICY.withMaxBackoff(maxBackoff))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("max backoff must be PT0S to PT876000H but was " + maxBackoff);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, Double.MIN_VALUE, 0.5, 1})
  void jitterWithinLimits(double jitter) {
    assertThatCode(() -> POLICY.withJitter(jitter)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(doubles = {-Double.MIN_VALUE, 1.0000001, Double.NaN, Double.POSITIVE_INFINITY})
  void jitterBeyondLimits(double jitter) {
    assertThatThrownBy(() -> POLICY.withJitter(jitter))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("jitter must be 0 to 1 but was " + jitter);
  }

  @Test
  void aNegativeZeroIsZero() {
    assertThat(POLICY.withJitter(-0.0)).isEqualTo(POLICY);
  }
}
