package io.jdbcmq.model;

import io.jdbcmq.model.World.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * One step of a session: the statement works on a world of its own, from which the next state
 * comes.
 *
 * <p>A statement sees what has been committed when it starts, or when its transaction took its
 * snapshot, and what its own transaction has written. One that waits for a lock is two steps: the
 * first one finds the rows, the second one has the lock and looks at their newest version.
 */
final class Session {
  /** Ends a step without a trace: it cannot be taken as long as the lock is held. */
  static final class MustWait extends RuntimeException {
    private static final long serialVersionUID = 1;

    MustWait() {
      super(null, null, false, false);
    }
  }

  /** Error 40001: the row has been changed since the snapshot was taken. */
  static final class OldSnapshot extends RuntimeException {
    private static final long serialVersionUID = 1;

    OldSnapshot() {
      super(null, null, false, false);
    }
  }

  private final int number;
  private final NavigableMap<String, Object> locals;
  private final NavigableMap<String, Object> snapshot;
  private final boolean isRepeatable;
  private final List<String> told = new ArrayList<>();
  private World world;

  Session(World world, int number, boolean isRepeatable) {
    this.world = world;
    this.number = number;
    this.isRepeatable = isRepeatable;
    this.locals = new TreeMap<>(world.places().get(number).locals());
    this.snapshot = new TreeMap<>(world.places().get(number).snapshot());
    if (isRepeatable && snapshot.isEmpty()) {
      snapshot.put("", "taken");
      world.rows().forEach((key, row) -> snapshot.put(key, row.committed()));
    }
  }

  /** The state after this step. */
  World goOn(Place place) {
    return world.at(number, place);
  }

  /** Ends the transaction. */
  void end(boolean commits) {
    world = world.release(number, commits);
  }

  NavigableMap<String, Object> locals() {
    return locals;
  }

  NavigableMap<String, Object> snapshot() {
    return snapshot;
  }

  boolean isRepeatable() {
    return isRepeatable;
  }

  /** What the step is called in a counter-example. */
  String told() {
    return String.join(", ", told);
  }

  void tell(String what) {
    told.add(what);
  }

  // Variables and what no transaction undoes.

  void set(String name, Object value) {
    locals.put(name, value);
  }

  void forget(String... names) {
    List.of(names).forEach(locals::remove);
  }

  <T> Optional<T> get(String name, Class<T> type) {
    return Optional.ofNullable(locals.get(name)).map(type::cast);
  }

  boolean has(String name) {
    return locals.containsKey(name);
  }

  /** What has been noted and never changes with a rollback. */
  int number(String name) {
    return world.number(name);
  }

  boolean notes(String name, Object value) {
    return value.equals(world.notes().get(name));
  }

  /** Draws from a sequence. */
  int next(String sequence) {
    int value = world.number(sequence) + 1;
    note(sequence, value);
    return value;
  }

  void note(String name, Object value) {
    world = world.note(name, value);
  }

  void append(String history, Object event) {
    List<Object> events = new ArrayList<>(world.history(history));
    events.add(event);
    note(history, events);
  }

  // What it sees.

  private Object visible(String key) {
    Row row = world.row(key);
    if (isRepeatable && row.writer() != number) {
      return snapshot.getOrDefault(key, Row.ABSENT);
    }
    return row.seenBy(number);
  }

  <T> Optional<T> see(String key, Class<T> type) {
    return Optional.of(visible(key)).filter(type::isInstance).map(type::cast);
  }

  /** The keys of the rows of a table that it sees. */
  List<String> keys(String table) {
    return Stream.concat(world.rows().keySet().stream(), snapshot.keySet().stream())
        .distinct()
        .sorted()
        .filter(key -> key.startsWith(table + "/") && !visible(key).equals(Row.ABSENT))
        .toList();
  }

  <T> List<T> all(String table, Class<T> type) {
    return keys(table).stream().map(key -> see(key, type).orElseThrow()).toList();
  }

  // What it locks and writes.

  boolean canLock(String key) {
    return world.row(key).canBeLockedBy(number);
  }

  /** Whether somebody else has it locked for update, or is deleting it. */
  boolean isLocked(String key) {
    return !world.row(key).canBeSharedBy(number);
  }

  /** Locks a row for update; returns its newest version, which the statement looks at again. */
  <T> Optional<T> lock(String key, Class<T> type) {
    if (!canLock(key)) {
      throw new MustWait();
    }
    Row row = world.row(key);
    requireAsSeen(key, row);
    if (!row.isMissing()) {
      world = world.with(key, old -> old.writtenBy(number, old.latest()));
    }
    return Optional.of(row.latest()).filter(type::isInstance).map(type::cast);
  }

  /** Locks a row for key share unless that would mean to wait; returns its newest version. */
  <T> Optional<T> shareOrSkip(String key, Class<T> type) {
    Row row = world.row(key);
    if (!row.canBeSharedBy(number)) {
      return Optional.empty();
    }
    requireAsSeen(key, row);
    Optional<T> latest = Optional.of(row.latest()).filter(type::isInstance).map(type::cast);
    if (latest.isPresent()) {
      world = world.with(key, old -> old.sharedBy(number));
    }
    return latest;
  }

  private void requireAsSeen(String key, Row row) {
    if (isRepeatable
        && row.writer() != number
        && !row.committed().equals(snapshot.getOrDefault(key, Row.ABSENT))) {
      throw new OldSnapshot();
    }
  }

  /** Inserts a row; waits for a transaction that has one of this key. */
  boolean insert(String key, Object value) {
    if (!world.row(key).canBeLockedBy(number)) {
      throw new MustWait();
    }
    if (!world.row(key).latest().equals(Row.ABSENT)) {
      return false;
    }
    world = world.with(key, row -> row.writtenBy(number, value));
    return true;
  }

  /** Inserts a row into a table whose key is a number that does not matter. */
  void add(String key, Object value) {
    String free = key;
    while (!world.row(free).isMissing()) {
      free += "'";
    }
    insert(free, value);
  }

  void update(String key, Object value) {
    world = world.with(key, row -> row.writtenBy(number, value));
  }

  void delete(String key) {
    update(key, Row.ABSENT);
  }
}
