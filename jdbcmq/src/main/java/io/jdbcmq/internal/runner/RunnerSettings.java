package io.jdbcmq.internal.runner;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a runner was told.
 *
 * @param channels groups to listen to; empty: all
 * @param minConcurrency work is fetched while fewer jobs than this run
 * @param maxConcurrency most jobs that run at once
 * @param lease how long a lost runner goes unnoticed
 * @param pollInterval longest time between polls of an idle runner
 * @param pollOnly whether to do without notifications
 * @param keepAlive whether runs live as long as the runner, else as long as their handlers say
 * @param grace how long an interrupted handler may take to end before its run is failed without it
 */
public record RunnerSettings(
    List<String> channels,
    int minConcurrency,
    int maxConcurrency,
    Duration lease,
    Duration pollInterval,
    boolean pollOnly,
    boolean keepAlive,
    Duration grace) {
  /** Copies the list. */
  public RunnerSettings {
    channels = List.copyOf(channels);
  }

  /** For how long a run is alive without a word from its handler; empty: as long as the runner. */
  Optional<Duration> handlersKeepAlive() {
    return keepAlive ? Optional.empty() : Optional.of(lease);
  }
}
