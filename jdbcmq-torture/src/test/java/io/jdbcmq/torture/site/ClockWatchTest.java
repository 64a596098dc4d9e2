package io.jdbcmq.torture.site;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.torture.history.Event;
import io.jdbcmq.torture.history.Journal;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stepped by hand, with an offset that the test sets. */
class ClockWatchTest {
  @TempDir Path folder;

  @Test
  void aJumpIsNotedWithTheTimeInWhichItHappened() {
    AtomicLong offset = new AtomicLong(1_000_000_000_000L);
    try (Journal journal = Journal.open(folder, "harness")) {
      ClockWatch watch = new ClockWatch(journal, offset::get);
      watch.look();
      long before = System.nanoTime();
      offset.addAndGet(1_000_000);
      watch.look();
      assertThat(watch.steps()).isZero();

      offset.addAndGet(-4_000_000);
      watch.look();
      watch.look();
      assertThat(watch.steps()).isOne();
      List<Event> noted = Journal.readAll(folder);
      assertThat(noted).hasSize(2);
      assertThat(noted.get(0)).isInstanceOfSatisfying(Event.Fault.class, this::begins);
      assertThat(noted.get(0).nanos()).isBetween(before, noted.get(1).nanos());
      assertThat(noted.get(1).nanos()).isLessThanOrEqualTo(System.nanoTime());
    }
  }

  private void begins(Event.Fault fault) {
    assertThat(fault.name()).isEqualTo("clock-step");
    assertThat(fault.begins()).isTrue();
  }
}
