package io.jdbcmq.internal.runner;

import static io.jdbcmq.internal.runner.SampleRuns.run;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DoubtfulRunsTest {
  private static final Duration IDLE = Duration.ofSeconds(1);

  private final DoubtfulRuns doubtful = new DoubtfulRuns();

  @Test
  void aRunIsAskedAboutAfterDoublingPausesUpToFiftyMilliseconds() {
    long now = Long.MAX_VALUE - 10; // the clock may overflow
    doubtful.add(new Outcome.InDoubt(run(1), new Outcome.Completed(run(1))), now);
    List<Long> pauses = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      Duration pause = doubtful.untilDue(now, IDLE);
      pauses.add(pause.toMillis());
      assertThat(doubtful.due(now + pause.toNanos() - 1)).isEmpty();
      now += pause.toNanos();
      doubtful.add(doubtful.due(now).get(0), now);
    }
    assertThat(pauses).containsExactly(2L, 4L, 8L, 16L, 32L, 50L, 50L);
  }

  @Test
  void eachRunHasPausesOfItsOwn() {
    Outcome.InDoubt old = new Outcome.InDoubt(run(1), new Outcome.Completed(run(1)), 4);
    Outcome.InDoubt young = new Outcome.InDoubt(run(2), new Outcome.Completed(run(2)));
    doubtful.add(old, 0);
    doubtful.add(young, 0);
    assertThat(doubtful.untilDue(0, IDLE)).isEqualTo(Duration.ofMillis(2));
    assertThat(doubtful.due(Duration.ofMillis(2).toNanos()))
        .singleElement()
        .extracting(Outcome.InDoubt::run)
        .isEqualTo(young.run());
    assertThat(doubtful.untilDue(0, IDLE)).isEqualTo(Duration.ofMillis(32));
    assertThat(doubtful.isEmpty()).isFalse();
  }

  @Test
  void withoutDoubtsThereIsNothingToAsk() {
    assertThat(doubtful.isEmpty()).isTrue();
    assertThat(doubtful.untilDue(0, IDLE)).isEqualTo(IDLE);
    assertThat(doubtful.due(0)).isEmpty();
  }
}
