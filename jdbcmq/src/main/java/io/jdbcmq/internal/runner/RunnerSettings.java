package io.jdbcmq.internal.runner;

import java.time.Duration;
import java.util.List;

/**
 * What a runner was told.
 *
 * @param channels groups to listen to; empty: all
 * @param minConcurrency work is fetched while fewer jobs than this run
 * @param maxConcurrency most jobs that run at once
 * @param lease how long a lost runner goes unnoticed
 * @param pollInterval longest time between polls of an idle runner
 * @param pollOnly whether to do without notifications
 */
public record RunnerSettings(
    List<String> channels,
    int minConcurrency,
    int maxConcurrency,
    Duration lease,
    Duration pollInterval,
    boolean pollOnly) {
  /** Copies the list. */
  public RunnerSettings {
    channels = List.copyOf(channels);
  }
}
