package io.jdbcmq.bench;

import java.util.Set;
import java.util.function.Function;

/**
 * A system that takes part in the comparison.
 *
 * @param name how options and reports name it
 * @param about its settings, in a line
 * @param can what it can do
 * @param only the scenarios in which it differs from another system; empty: it takes part in all
 * @param subject the queue at a place; its tables are not created by that
 */
record Contender(
    String name,
    String about,
    Set<Ability> can,
    Set<String> only,
    Function<Place, Subject> subject) {

  /** A system that takes part in all scenarios which it can do. */
  Contender(String name, String about, Set<Ability> can, Function<Place, Subject> subject) {
    this(name, about, can, Set.of(), subject);
  }

  /** Whether it is asked for figures. */
  boolean takesPart(Contest contest) {
    return only.isEmpty() || only.containsAll(contest.names());
  }

  /** Version of its published artefact. */
  String version() {
    return Versions.of(name);
  }
}
