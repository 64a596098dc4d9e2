package io.jdbcmq.model;

import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * A row of the database: what has been committed, what the transaction sees that has it locked, and
 * who has it locked. A row that was deleted and inserted again is another one under the same key.
 *
 * @param committed what others see; {@link #ABSENT}: no row
 * @param latest what the writer sees; the same as committed where it has only locked the row
 * @param writer the session that has locked it for update; {@link #NOBODY}
 * @param sharers the sessions that have locked it for key share
 */
record Row(Object committed, Object latest, int writer, NavigableSet<Integer> sharers) {
  static final Object ABSENT = Nothing.ABSENT;
  static final int NOBODY = -1;
  static final Row MISSING = new Row(ABSENT, ABSENT, NOBODY, new TreeSet<>());

  private enum Nothing {
    ABSENT
  }

  static Row of(Object value) {
    return new Row(value, value, NOBODY, new TreeSet<>());
  }

  Object seenBy(int session) {
    return writer == session ? latest : committed;
  }

  /** Whether a session could delete it or lock it for update at once. */
  boolean canBeLockedBy(int session) {
    return (writer == NOBODY || writer == session)
        && sharers.stream().allMatch(sharer -> sharer == session);
  }

  /** Whether a session could lock it for key share at once. */
  boolean canBeSharedBy(int session) {
    return writer == NOBODY || writer == session;
  }

  Row writtenBy(int session, Object value) {
    return new Row(committed, value, session, sharers);
  }

  Row sharedBy(int session) {
    NavigableSet<Integer> more = new TreeSet<>(sharers);
    more.add(session);
    return new Row(committed, latest, writer, more);
  }

  /** After the end of the session's transaction. */
  Row releasedBy(int session, boolean commits) {
    NavigableSet<Integer> others = new TreeSet<>(sharers);
    others.remove(session);
    if (writer != session) {
      return new Row(committed, latest, writer, others);
    }
    Object left = commits ? latest : committed;
    return new Row(left, left, NOBODY, others);
  }

  boolean isMissing() {
    return equals(MISSING);
  }
}
