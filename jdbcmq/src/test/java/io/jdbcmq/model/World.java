package io.jdbcmq.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * A state of a model: the database, how far each session is, and what no transaction undoes.
 *
 * @param rows by key, which is a table and an id: {@code jobs/a}
 * @param places how far each session is
 * @param notes sequences, the clock, and what has happened so far as far as the rules ask about it
 */
record World(
    NavigableMap<String, Row> rows, List<Place> places, NavigableMap<String, Object> notes) {
  /** A database without rows. */
  static World empty() {
    return new World(new TreeMap<>(), List.of(), new TreeMap<>());
  }

  /**
   * How far a session is.
   *
   * @param line the next line of its program
   * @param locals its variables
   * @param snapshot what its transaction sees under REPEATABLE READ; empty: nothing yet
   * @param start the line and the variables with which the transaction began, to repeat it
   */
  record Place(
      int line,
      NavigableMap<String, Object> locals,
      NavigableMap<String, Object> snapshot,
      Map.Entry<Integer, NavigableMap<String, Object>> start) {
    static Place atStart() {
      return new Place(0, new TreeMap<>(), new TreeMap<>(), Map.entry(0, new TreeMap<>()));
    }

    /** Repeats the transaction. */
    Place again() {
      return new Place(start.getKey(), start.getValue(), new TreeMap<>(), start);
    }
  }

  /** With a row that has been committed. */
  World with(String key, Object value) {
    return with(key, row -> Row.of(value));
  }

  World with(String key, UnaryOperator<Row> change) {
    NavigableMap<String, Row> changed = new TreeMap<>(rows);
    Row row = change.apply(row(key));
    if (row.isMissing()) {
      changed.remove(key);
    } else {
      changed.put(key, row);
    }
    return new World(changed, places, notes);
  }

  World note(String name, Object value) {
    NavigableMap<String, Object> more = new TreeMap<>(notes);
    more.put(name, value);
    return new World(rows, places, more);
  }

  World at(int session, Place place) {
    List<Place> changed = new ArrayList<>(places);
    changed.set(session, place);
    return new World(rows, changed, notes);
  }

  World withSessions(int count) {
    return new World(rows, Collections.nCopies(count, Place.atStart()), notes);
  }

  Row row(String key) {
    return rows.getOrDefault(key, Row.MISSING);
  }

  int number(String name) {
    return (Integer) notes.getOrDefault(name, 0);
  }

  /** A list of what has happened. */
  List<?> history(String name) {
    return (List<?>) notes.getOrDefault(name, List.of());
  }

  /** What has been committed to a table. */
  <T> List<T> committed(String table, Class<T> type) {
    return entries(table)
        .map(entry -> entry.getValue().committed())
        .filter(type::isInstance)
        .map(type::cast)
        .toList();
  }

  Stream<Map.Entry<String, Row>> entries(String table) {
    return rows.entrySet().stream().filter(entry -> entry.getKey().startsWith(table + "/"));
  }

  /** After the end of the session's transaction. */
  World release(int session, boolean commits) {
    NavigableMap<String, Row> left = new TreeMap<>();
    rows.forEach((key, row) -> left.put(key, row.releasedBy(session, commits)));
    left.values().removeIf(Row::isMissing);
    return new World(left, places, notes);
  }
}
