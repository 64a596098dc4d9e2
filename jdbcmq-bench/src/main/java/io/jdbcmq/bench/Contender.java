package io.jdbcmq.bench;

import java.util.Set;
import java.util.function.Function;

/**
 * A system that takes part in the comparison.
 *
 * @param name how options and reports name it
 * @param about its settings, in a line
 * @param can what it can do
 * @param subject the queue at a place; its tables are not created by that
 */
record Contender(String name, String about, Set<Ability> can, Function<Place, Subject> subject) {

  /** Version of its published artefact. */
  String version() {
    return Versions.of(name);
  }
}
