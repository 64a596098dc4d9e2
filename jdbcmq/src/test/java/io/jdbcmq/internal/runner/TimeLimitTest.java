package io.jdbcmq.internal.runner;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class TimeLimitTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final Duration LEASE = Duration.ofSeconds(2);

  /** A clock of nanoseconds may start anywhere, also shortly before it overflows. */
  private static final long START = Long.MAX_VALUE - 5_000_000_000L;

  @Test
  void withoutATimeoutARunThatItsRunnerKeepsAliveHasNoLimit() {
    TimeLimit limit = started(Optional.empty(), Optional.empty());
    assertThat(limit.endsAtNanos()).isEmpty();
    assertThat(limit.exceeded(at(Duration.ofDays(1000)))).isEmpty();
  }

  @Test
  void aTimeoutEndsItAlsoIfItIsKeptAlive() {
    TimeLimit limit = started(Optional.of(TIMEOUT), Optional.of(LEASE));
    limit.keepAlive(Duration.ofHours(1), START);
    assertThat(limit.endsAtNanos()).isEqualTo(OptionalLong.of(at(TIMEOUT)));
    assertThat(limit.exceeded(at(TIMEOUT) - 1)).isEmpty();
    assertThat(limit.exceeded(at(TIMEOUT))).hasValue("timed out after PT10S");
  }

  @Test
  void aHandlerKeepsItAliveForTheLengthOfTheLeaseAndThenForAsLongAsItSays() {
    TimeLimit limit = started(Optional.empty(), Optional.of(LEASE));
    assertThat(limit.endsAtNanos()).isEqualTo(OptionalLong.of(at(LEASE)));
    limit.keepAlive(Duration.ofSeconds(5), at(Duration.ofSeconds(1)));
    assertThat(limit.endsAtNanos()).isEqualTo(OptionalLong.of(at(Duration.ofSeconds(6))));
    limit.keepAlive(Duration.ofSeconds(1), at(Duration.ofSeconds(2))); // changes nothing
    assertThat(limit.exceeded(at(Duration.ofSeconds(6)) - 1)).isEmpty();
    assertThat(limit.exceeded(at(Duration.ofSeconds(6))).orElseThrow())
        .startsWith("was not kept alive in time");
  }

  @Test
  void whatComesFirstEndsIt() {
    TimeLimit limit = started(Optional.of(TIMEOUT), Optional.of(LEASE));
    assertThat(limit.endsAtNanos()).isEqualTo(OptionalLong.of(at(LEASE)));
    assertThat(limit.exceeded(at(LEASE)).orElseThrow()).startsWith("was not kept alive in time");
    limit.keepAlive(Duration.ofSeconds(9), at(Duration.ofSeconds(2)));
    assertThat(limit.endsAtNanos()).isEqualTo(OptionalLong.of(at(TIMEOUT)));
  }

  @Test
  void itTellsForHowLongItHasRun() {
    assertThat(started(Optional.empty(), Optional.empty()).runningFor(at(LEASE))).isEqualTo(LEASE);
  }

  @Test
  void aLimitOfManyYearsIsNotExceededNow() {
    Duration forEver = Duration.ofSeconds(Long.MAX_VALUE);
    TimeLimit limit = started(Optional.of(forEver), Optional.of(LEASE));
    limit.keepAlive(forEver, START);
    assertThat(limit.exceeded(at(Duration.ofDays(36_000)))).isEmpty();
  }

  private static TimeLimit started(Optional<Duration> timeout, Optional<Duration> lease) {
    TimeLimit limit = new TimeLimit(timeout, lease);
    limit.start(START);
    return limit;
  }

  private static long at(Duration afterStart) {
    return START + afterStart.toNanos();
  }
}
