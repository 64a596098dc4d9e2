package io.jdbcmq.torture.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.torture.check.Violation.Promise;
import io.jdbcmq.torture.history.Event;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What grows in the second half of a long run. */
class BoundsTest {
  @Test
  void aRunnerHasAFewThreads() {
    List<Event> events =
        List.of(
            new Event.Health(1, "fine", 1, Bounds.MOST_THREADS),
            new Event.Health(2, "crowded", 1, Bounds.MOST_THREADS + 1),
            new Event.Health(3, "crowded", 1, Bounds.MOST_THREADS + 2));
    assertThat(Bounds.check(events, List.of()))
        .extracting(Violation::promise)
        .containsExactly(Promise.BOUNDS);
  }

  @Test
  void whatIsSteadyIsWell() {
    assertThat(Bounds.check(List.of(), timeline(200, 10, 10))).isEmpty();
  }

  @Test
  void aHeapOrTablesThatGrowAreTold() {
    assertThat(Bounds.check(List.of(), timeline(200, 1_000, 10))).hasSize(1);
    assertThat(Bounds.check(List.of(), timeline(200, 10, 1_000))).hasSize(1);
  }

  @Test
  void aShortRunIsStillWarmingUp() {
    assertThat(Bounds.check(List.of(), timeline(150, 1_000, 1_000))).isEmpty();
  }

  /** From 1,000 KiB on, each part larger by so much. */
  private static List<Timeline> timeline(long seconds, long heapKb, long tablesKb) {
    List<Timeline> parts = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      parts.add(
          new Timeline(
              i * seconds, 1, 1, 1, 1, 1_000 + i * heapKb, 30, 1_000 + i * tablesKb, 1, 1));
    }
    return parts;
  }
}
