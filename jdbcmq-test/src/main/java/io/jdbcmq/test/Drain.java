package io.jdbcmq.test;

import java.util.List;

/**
 * How far to drain a queue. Each method returns a changed copy. Immutable; thread-safe.
 *
 * @param channels names of the channel groups to look at; empty: all
 * @param maxRuns most attempts to run before it is taken for an endless loop, 1 or more
 * @param failFast whether the first attempt that fails ends it with an error
 */
public record Drain(List<String> channels, int maxRuns, boolean failFast) {
  /** Copies the list and checks the limit. */
  public Drain {
    channels = List.copyOf(channels);
    if (maxRuns < 1) {
      throw new IllegalArgumentException("most runs must be 1 or more but was " + maxRuns);
    }
  }

  /** All channels, up to 10,000 runs; attempts that fail are counted. */
  public static Drain all() {
    return new Drain(List.of(), 10_000, false);
  }

  /** Looks at the channel groups of these names only. */
  public Drain channels(String... names) {
    return new Drain(List.of(names), maxRuns, failFast);
  }

  /** Takes more runs than this for an endless loop. */
  public Drain maxRuns(int runs) {
    return new Drain(channels, runs, failFast);
  }

  /** Ends with an error at the first attempt that fails. */
  public Drain failingFast() {
    return new Drain(channels, maxRuns, true);
  }
}
