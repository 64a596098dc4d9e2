package io.jdbcmq.processor;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.annotation.Job;
import io.jdbcmq.job.Channel;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.RetryPolicy;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The processor knows the ranges of the core, although it does not have the core at hand. */
class RangesTest {
  private static final Duration MILLI = Ranges.MILLISECOND;

  private record Value(String what, Optional<String> refused, Runnable core) {
    @Override
    public String toString() {
      return what;
    }
  }

  static Stream<Value> values() {
    return Stream.of(
            Stream.of(0, 1, 500, 501).map("x"::repeat).map(RangesTest::name),
            Stream.of("ä".repeat(250), "ä".repeat(251), "\0", "\ud83d", "\ude00")
                .map(RangesTest::name),
            Stream.of(0, 1, 1000, 1001).map("x"::repeat).map(RangesTest::channel),
            Stream.of(-1, 0, 10_000, 10_001).map(RangesTest::retries),
            Stream.of(-32_769, -32_768, 32_767, 32_768).map(RangesTest::priority),
            Stream.of(-0.1, 0.0, 1.0, 1.0001, Double.NaN, Double.POSITIVE_INFINITY)
                .map(RangesTest::jitter),
            Stream.of(Ranges.LONGEST_BACKOFF, Duration.ZERO)
                .flatMap(RangesTest::around)
                .map(RangesTest::backoff),
            Stream.of(Ranges.LONGEST, MILLI).flatMap(RangesTest::around).map(RangesTest::timeout))
        .flatMap(each -> each);
  }

  private static Stream<Duration> around(Duration duration) {
    return Stream.of(duration.minus(MILLI), duration, duration.plus(MILLI));
  }

  private static Value name(String name) {
    return new Value(
        "name of " + name.length(),
        Ranges.text("", name, 1, Ranges.MAX_NAME_BYTES),
        () -> JobRequest.of(name));
  }

  private static Value channel(String name) {
    return new Value(
        "channel of " + name.length(),
        Ranges.text("", name, 1, Ranges.MAX_CHANNEL_BYTES),
        () -> Channel.of(name));
  }

  private static Value retries(int retries) {
    return new Value(
        retries + " retries",
        Ranges.number("", retries, 0, Ranges.MAX_RETRIES),
        () -> RetryPolicy.of(retries, Duration.ZERO));
  }

  private static Value priority(int priority) {
    return new Value(
        "priority " + priority,
        Ranges.number("", priority, Short.MIN_VALUE, Short.MAX_VALUE),
        () -> JobRequest.of("x").priority(priority));
  }

  private static Value jitter(double jitter) {
    return new Value(
        "jitter " + jitter, Ranges.jitter(jitter), () -> RetryPolicy.standard().withJitter(jitter));
  }

  private static Value backoff(Duration backoff) {
    return new Value(
        "backoff " + backoff,
        Ranges.duration("", backoff.toString(), Duration.ZERO, Ranges.LONGEST_BACKOFF),
        () -> RetryPolicy.of(1, backoff));
  }

  private static Value timeout(Duration timeout) {
    return new Value(
        "timeout " + timeout,
        Ranges.duration("", timeout.toString(), MILLI, Ranges.LONGEST),
        () -> JobRequest.of("x").timeout(timeout));
  }

  @ParameterizedTest
  @MethodSource("values")
  void processorAndCoreAgree(Value value) {
    assertThat(value.refused().isPresent()).isEqualTo(isRefused(value.core()));
  }

  private static boolean isRefused(Runnable core) {
    try {
      core.run();
      return false;
    } catch (IllegalArgumentException e) {
      return true;
    }
  }

  @Test
  void annotationDocumentsTheDefaultsOfTheCore() throws NoSuchMethodException {
    RetryPolicy standard = RetryPolicy.standard();

    assertThat(defaultOf("retries")).isEqualTo(standard.retries()).isEqualTo(4);
    assertThat(defaultOf("backoff")).isEqualTo(standard.backoff().toString()).isEqualTo("PT1S");
    assertThat(Duration.parse((String) defaultOf("maxBackoff"))).isEqualTo(standard.maxBackoff());
    assertThat(defaultOf("jitter")).isEqualTo(standard.jitter());
    assertThat(defaultOf("channel")).isEqualTo(Channel.DEFAULT.name());
    assertThat(defaultOf("priority")).isEqualTo(JobRequest.of("x").priority());
  }

  private static Object defaultOf(String attribute) throws NoSuchMethodException {
    return Job.class.getMethod(attribute).getDefaultValue();
  }

  @ParameterizedTest
  @CsvSource({
    "sendMail, SEND_MAIL",
    "html2Pdf, HTML2_PDF",
    "parseURLNow, PARSE_URL_NOW",
    "x, X",
    "a_b, A_B"
  })
  void constantsAreNamedAsUsual(String method, String constant) {
    assertThat(Text.constant(method)).isEqualTo(constant);
  }
}
