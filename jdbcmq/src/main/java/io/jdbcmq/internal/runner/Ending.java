package io.jdbcmq.internal.runner;

import java.util.UUID;

/**
 * How a handler has ended its run by itself, in one way at most. Changed by the thread of the
 * handler; other threads may look.
 */
final class Ending {
  /** The ways to end a run. */
  enum Way {
    NONE("left open"),
    COMPLETE("completed"),
    SNOOZE("snoozed"),
    GIVE_UP("given up");

    private final String done;

    Way(String done) {
      this.done = done;
    }
  }

  /** How far that has come. */
  enum State {
    /** Nothing: the runner completes the job when the handler returns. */
    OPEN,
    /** A wish, which the runner fulfils when the handler returns. */
    NOTED,
    /** Done: the database has confirmed it. */
    DONE,
    /** Part of a transaction of which the runner does not know whether it commits. */
    IN_DOUBT;
  }

  private final UUID jobId;
  private volatile Way way = Way.NONE;
  private volatile State state = State.OPEN;

  Ending(UUID jobId) {
    this.jobId = jobId;
  }

  State state() {
    return state;
  }

  /** The way in which the handler has ended the run, or has begun or wished to. */
  Way way() {
    return way;
  }

  /** Whether the handler may have settled the job, or be doing so: then it is not to be stopped. */
  boolean isSettling() {
    return state == State.DONE || state == State.IN_DOUBT;
  }

  /** Notes a wish. */
  void note(Way wish) {
    require(wish);
    way = wish;
    state = State.NOTED;
  }

  /**
   * Begins a statement that ends the run. Before the statement: if its answer is lost, the
   * transaction may still commit.
   */
  void begin(Way begun) {
    require(begun);
    way = begun;
    state = State.IN_DOUBT;
  }

  /** The runner begins what the handler has wished, or to complete the job. */
  void beginNoted() {
    if (state == State.OPEN) {
      way = Way.COMPLETE;
    }
    state = State.IN_DOUBT;
  }

  /** The database has confirmed it. */
  void done() {
    state = State.DONE;
  }

  /** The statement has failed for sure. */
  void reopen() {
    way = Way.NONE;
    state = State.OPEN;
  }

  /** The error of an attempt whose handler relied on a transaction that was rolled back. */
  String rolledBack() {
    return "the job was " + way.done + " in a transaction that was then rolled back";
  }

  /**
   * Refuses what makes sense only before a run has ended.
   *
   * @throws IllegalStateException if the job has been settled, as far as is known
   */
  void requireUnsettled(String tried) {
    if (isSettling()) {
      throw refused(tried);
    }
  }

  private void require(Way wish) {
    if (state != State.OPEN) {
      throw refused("be " + wish.done);
    }
  }

  private IllegalStateException refused(String tried) {
    return new IllegalStateException(
        "job %s cannot %s: it has been %s before in this run".formatted(jobId, tried, way.done));
  }
}
