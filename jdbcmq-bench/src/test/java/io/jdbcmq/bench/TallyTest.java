package io.jdbcmq.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TallyTest {
  @Test
  void eachNumberCountsOnce() throws Exception {
    Tally tally = new Tally(1_000, 3, 2);

    assertThat(tally.end(Payloads.of(1_000))).isTrue();
    assertThat(tally.end(Payloads.of(1_000))).isFalse();
    assertThat(tally.awaitAll(0)).isFalse();
    assertThat(tally.end(Payloads.of(1_002))).isTrue();

    assertThat(tally.awaitAll(0)).isTrue();
    assertThat(tally.done()).isEqualTo(2);
    assertThat(tally.twice()).isEqualTo(1);
    assertThat(tally.strangers()).isZero();
    assertThat(tally.bits()).containsExactly(0b101L);
  }

  @Test
  void aQueueThatHasLostJobsStalls() throws Exception {
    Tally tally = new Tally(1_000, 3, 3);
    tally.end(Payloads.of(1_000));
    assertThat(tally.goesOn(Duration.ofMillis(50))).isFalse();

    tally.end(Payloads.of(1_001));
    tally.end(Payloads.of(1_002));
    assertThat(tally.goesOn(Duration.ZERO)).isTrue();
  }

  @Test
  void numbersOfOthersAreStrangers() {
    Tally tally = new Tally(1_000, 10, 10);

    assertThat(tally.end(Payloads.of(999))).isFalse();
    assertThat(tally.end(Payloads.of(5_000))).isFalse();

    assertThat(tally.strangers()).isEqualTo(2);
    assertThat(tally.done()).isZero();
  }
}
