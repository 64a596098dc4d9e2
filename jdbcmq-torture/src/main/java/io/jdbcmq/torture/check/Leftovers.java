package io.jdbcmq.torture.check;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * What the database holds when all is over, and what was found in it on the way.
 *
 * @param live jobs that are still there, each with where it is
 * @param dead dead letters, each with its last attempt
 * @param effects what handlers have written in the transactions that completed their jobs, in the
 *     order in which they wrote it
 * @param seen what the tables themselves have shown, at the end or before
 * @param lapses what was seen in the database, unless a fault explains it
 * @param late runners that did not end when they were told to
 */
public record Leftovers(
    Map<UUID, String> live,
    Map<UUID, Integer> dead,
    List<Effect> effects,
    Map<Violation.Promise, Set<String>> seen,
    List<Lapse> lapses,
    List<String> late) {
  /** What is left. */
  public Leftovers {
    live = Map.copyOf(live);
    dead = Map.copyOf(dead);
    effects = List.copyOf(effects);
    seen = Map.copyOf(seen);
    lapses = List.copyOf(lapses);
    late = List.copyOf(late);
  }

  /** One row: this run has completed this job. */
  public record Effect(long number, UUID job, String run) {}
}
