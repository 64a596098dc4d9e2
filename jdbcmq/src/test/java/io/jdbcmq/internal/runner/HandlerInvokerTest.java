package io.jdbcmq.internal.runner;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.jdbcmq.internal.events.Events;
import io.jdbcmq.internal.notify.WorkSignal;
import io.jdbcmq.internal.sql.Database;
import io.jdbcmq.internal.sql.RunKey;
import io.jdbcmq.testing.LogCapture;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

class HandlerInvokerTest {
  private static final int MANY = 1_000;

  private final HandlerInvoker invoker =
      new HandlerInvoker(
          new Handlers(Map.of(), (attempt, error) -> {}, List.of(), Optional.empty()),
          Database.of(new PGSimpleDataSource()),
          new Watchdog(
              Duration.ofSeconds(1), new Runs(new Slots(1, 1, new WorkSignal())), outcome -> {}),
          new RunEvents(new Events(List.of()), (attempt, error) -> {}));

  @Test
  void aNameThatNoHandlerHasIsReportedOnce() {
    assertThat(reportsOf("one")).isOne();
    assertThat(reportsOf("one")).isZero();
    assertThat(reportsOf("other")).isOne();
  }

  /** Names can be made of anything, and come without end. */
  @Test
  void ofManyNamesTheFirstAreForgotten() {
    for (int i = 0; i < MANY; i++) {
      assertThat(reportsOf("name-" + i)).isOne();
    }
    assertThat(reportsOf("name-0")).isZero();
    assertThat(reportsOf("one more")).isOne();
    assertThat(reportsOf("name-0")).isOne();
  }

  private long reportsOf(String jobName) {
    try (LogCapture log = new LogCapture()) {
      Run run = SampleRuns.run(new RunKey(new UUID(0, 1), 1), jobName);
      assertThat(invoker.run(run)).isEqualTo(new Outcome.HandedBack(run, true));
      return log.written(Level.WARN).stream()
          .filter(line -> line.contains("no handler for"))
          .count();
    }
  }
}
