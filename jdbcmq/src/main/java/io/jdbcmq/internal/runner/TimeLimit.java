package io.jdbcmq.internal.runner;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Until when a handler may run: up to the timeout of its job, and, where the runner does not keep
 * its runs alive, for as long as the handler does. By a clock that cannot jump. Thread-safe once
 * started.
 */
final class TimeLimit {
  /** 100 years are within what a nanosecond clock can tell apart. */
  private static final Duration LONGEST = Duration.ofDays(36_500);

  private final @Nullable Duration timeout;
  private final @Nullable Duration lease;
  private long startedAtNanos;
  private volatile long aliveUntilNanos;

  /**
   * A limit, not yet started.
   *
   * @param timeout of the job
   * @param lease for how long a run is alive without a word from its handler; empty: for ever
   */
  TimeLimit(Optional<Duration> timeout, Optional<Duration> lease) {
    this.timeout = timeout.map(TimeLimit::cut).orElse(null);
    this.lease = lease.orElse(null);
  }

  void start(long nowNanos) {
    startedAtNanos = nowNanos;
    aliveUntilNanos = nowNanos;
    if (lease != null) {
      keepAlive(lease, nowNanos);
    }
  }

  /** Alive for this long from now on, or as long as before if that is longer. */
  synchronized void keepAlive(Duration duration, long nowNanos) {
    long until = nowNanos + cut(duration).toNanos();
    if (until - aliveUntilNanos > 0) {
      aliveUntilNanos = until;
    }
  }

  Duration runningFor(long nowNanos) {
    return Duration.ofNanos(nowNanos - startedAtNanos);
  }

  /** When it is over, as of now; empty if there is no limit. */
  OptionalLong endsAtNanos() {
    if (timeout == null) {
      return lease == null ? OptionalLong.empty() : OptionalLong.of(aliveUntilNanos);
    }
    long timesOutAt = startedAtNanos + timeout.toNanos();
    boolean diesBefore = lease != null && aliveUntilNanos - timesOutAt < 0;
    return OptionalLong.of(diesBefore ? aliveUntilNanos : timesOutAt);
  }

  /** What is wrong, if a limit has been exceeded. */
  Optional<String> exceeded(long nowNanos) {
    if (timeout != null && nowNanos - (startedAtNanos + timeout.toNanos()) >= 0) {
      return Optional.of("timed out after " + timeout);
    }
    if (lease != null && nowNanos - aliveUntilNanos >= 0) {
      return Optional.of("was not kept alive in time: without keepAlive it may run for " + lease);
    }
    return Optional.empty();
  }

  private static Duration cut(Duration duration) {
    return duration.compareTo(LONGEST) > 0 ? LONGEST : duration;
  }
}
