package io.jdbcmq.spring;

import io.jdbcmq.spi.JobEvent;
import io.jdbcmq.spi.JobListener;
import java.time.Duration;
import java.util.Optional;

/** Remembers when the runner has last asked for work, and got an answer. Thread-safe. */
final class RunnerWatch implements JobListener {
  private volatile Optional<Long> polledNanos = Optional.empty();

  @Override
  public void on(JobEvent event) {
    if (event instanceof JobEvent.Polled) {
      polledNanos = Optional.of(System.nanoTime());
    }
  }

  /** How long ago that was; empty: not yet. */
  Optional<Duration> sinceLastPoll() {
    return polledNanos.map(at -> Duration.ofNanos(System.nanoTime() - at));
  }
}
