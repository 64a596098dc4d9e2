package io.jdbcmq.torture.check;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * What the database holds when all is over, and what was found in it on the way.
 *
 * @param live jobs that are still there, each with where it is
 * @param dead dead letters
 * @param effects what handlers have written in the transactions that completed their jobs, in the
 *     order in which they wrote it
 * @param seen what the tables themselves have shown, at the end or before
 */
public record Leftovers(
    Map<UUID, String> live,
    Set<UUID> dead,
    List<Effect> effects,
    Map<Violation.Promise, Set<String>> seen) {
  /** What is left. */
  public Leftovers {
    live = Map.copyOf(live);
    dead = Set.copyOf(dead);
    effects = List.copyOf(effects);
    seen = Map.copyOf(seen);
  }

  /** One row: this run has completed this job. */
  public record Effect(long number, UUID job, String run) {}
}
