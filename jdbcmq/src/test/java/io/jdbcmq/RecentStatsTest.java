package io.jdbcmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.job.QueueStats;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RecentStatsTest {
  private static final Duration INTERVAL = Duration.ofSeconds(15);
  private static final Duration PATIENT = Duration.ofSeconds(60);
  private static final Duration HASTY = Duration.ofMillis(1);

  private final AtomicInteger reads = new AtomicInteger();
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5); // wraps around

  @Test
  void numbersAreReadOncePerIntervalHoweverManyAsk() {
    RecentStats recent = new RecentStats(this::read, INTERVAL, PATIENT, nanos::get);

    IntStream.range(0, 100).parallel().forEach(i -> assertThat(recent.get()).contains(numbered(1)));
    nanos.addAndGet(INTERVAL.toNanos() - 1);
    assertThat(recent.get()).contains(numbered(1));
    nanos.addAndGet(1);
    assertThat(recent.get()).contains(numbered(2));
    assertThat(reads).hasValue(2);
  }

  @Test
  void aFailureIsNoNumberUntilTheNextIntervalBringsOne() {
    RecentStats recent =
        new RecentStats(
            () -> {
              if (read().deadRows() != 2) {
                return numbered(reads.get());
              }
              throw new IllegalStateException("away");
            },
            INTERVAL,
            PATIENT,
            nanos::get);

    assertThat(recent.get()).isPresent();
    nanos.addAndGet(INTERVAL.toNanos());
    assertThat(recent.get()).isEmpty();
    assertThat(recent.get()).isEmpty();
    assertThat(reads).hasValue(2);
    nanos.addAndGet(INTERVAL.toNanos());
    assertThat(recent.get()).contains(numbered(3));
  }

  @Test
  void aDatabaseThatDoesNotAnswerIsNotAskedAgainUntilItDoes() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    RecentStats recent =
        new RecentStats(
            () -> {
              awaitQuietly(answer);
              return read();
            },
            INTERVAL,
            HASTY,
            nanos::get);

    for (int i = 0; i < 5; i++) {
      assertThat(recent.get()).isEmpty();
      nanos.addAndGet(INTERVAL.toNanos());
    }
    assertThat(recent.get()).isEmpty();
    answer.countDown();
    await().untilAsserted(() -> assertThat(recent.get()).contains(numbered(1)));
    assertThat(reads).hasValue(1);
  }

  @Test
  void anIntervalThatIsTooShortIsRefused() {
    assertThatThrownBy(
            () -> new RecentStats(this::read, Duration.ofMillis(99), PATIENT, nanos::get))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("interval must be PT0.1S to PT24H but was PT0.099S");
  }

  private QueueStats read() {
    return numbered(reads.incrementAndGet());
  }

  private static QueueStats numbered(int number) {
    return new QueueStats(List.of(), true, number, Optional.empty());
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
