package io.jdbcmq.internal.runner;

import io.jdbcmq.internal.runner.Settlements.Kind;
import io.jdbcmq.internal.sql.SqlErrors;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Settles the outcomes of runs, many in one statement.
 *
 * <p>A statement that takes longer than the database allows is repeated with half of its outcomes,
 * one that fails for a lasting reason for each outcome alone, so that one cannot hold up the
 * others. What fails for a passing reason is kept for the next time. Two runs of one job share no
 * statement, because answers name jobs. For the thread of the completer.
 */
final class Batcher {
  private static final Logger LOG = LoggerFactory.getLogger(Batcher.class);

  /** Most outcomes in one statement. */
  static final int MAX_BATCH = 500;

  /** What keeps outcomes: the database. */
  interface Store {
    /**
     * Settles outcomes of one kind, forgets claims if all of them are, and tells which were
     * settled, by job.
     */
    Predicate<UUID> settle(Kind kind, List<Outcome> outcomes, Set<Long> claims) throws SQLException;

    /** Of the given runs, those that are open: true where somebody has locked the job. */
    Map<UUID, Boolean> resolve(List<? extends Outcome> outcomes) throws SQLException;

    /** Forgets claims of which no run is left. */
    void forget(Set<Long> claims) throws SQLException;
  }

  private final Store store;
  private final Consumer<Run> onSettled;
  private final RunEvents events;

  // What was taken and is not settled yet.
  private final Map<Kind, List<Outcome>> taken = new EnumMap<>(Kind.class);
  private final List<Outcome.InDoubt> inDoubt = new ArrayList<>();
  private final DoubtfulRuns doubtful = new DoubtfulRuns();
  private final EndedClaims endedClaims = new EndedClaims();
  private int mostAtOnce = MAX_BATCH;

  /** A batcher; tells of each run that it has settled or given up. */
  Batcher(Store store, Consumer<Run> onSettled, RunEvents events) {
    this.store = store;
    this.onSettled = onSettled;
    this.events = events;
    for (Kind kind : Kind.values()) {
      taken.put(kind, new ArrayList<>());
    }
  }

  /** Whether there is nothing to settle now. */
  boolean isEmpty() {
    return inDoubt.isEmpty() && taken.values().stream().allMatch(List::isEmpty);
  }

  /** Time until it is time to ask about a run in doubt; at most this long. */
  Duration untilDue(long nowNanos, Duration atMost) {
    return doubtful.untilDue(nowNanos, atMost);
  }

  /** Takes the runs in doubt about which it is time to ask. */
  void takeDue(long nowNanos) {
    inDoubt.addAll(doubtful.due(nowNanos));
  }

  /** Takes an outcome. */
  void take(Outcome outcome) {
    if (outcome instanceof Outcome.Completed) {
      take(Kind.COMPLETED, outcome);
    } else if (outcome instanceof Outcome.Failed) {
      take(Kind.FAILED, outcome);
    } else if (outcome instanceof Outcome.Snoozed) {
      take(Kind.SNOOZED, outcome);
    } else if (outcome instanceof Outcome.HandedBack end) {
      take(end.unknown() ? Kind.UNKNOWN : Kind.UNSTARTED, end);
    } else if (outcome instanceof Outcome.InDoubt end) {
      inDoubt.add(end);
    } else if (outcome instanceof Outcome.Done end) {
      settled(end.run());
    }
  }

  private void take(Kind kind, Outcome outcome) {
    Objects.requireNonNull(taken.get(kind)).add(outcome);
  }

  /**
   * Settles what was taken.
   *
   * @throws SQLException if the database could not be asked; what is left is settled the next time
   */
  void settle() throws SQLException {
    for (Map.Entry<Kind, List<Outcome>> outcomes : taken.entrySet()) {
      settle(outcomes.getKey(), outcomes.getValue());
    }
    resolve();
  }

  /** Forgets the claims of which no run is left. */
  void forgetClaims() throws SQLException {
    if (!endedClaims.isEmpty()) {
      Set<Long> claims = endedClaims.with(List.of());
      store.forget(claims);
      endedClaims.forgotten(claims);
    }
  }

  /** Settles outcomes of one kind, as many as possible in one statement, and empties the list. */
  private void settle(Kind kind, List<Outcome> outcomes) throws SQLException {
    giveUpFenced(outcomes);
    boolean together = true;
    while (!outcomes.isEmpty()) {
      int size = ofDifferentJobs(outcomes, together ? mostAtOnce : 1);
      List<Outcome> batch = outcomes.subList(0, size);
      try {
        settleTogether(kind, batch);
        batch.clear();
        if (size == mostAtOnce) { // slowly, because a batch that is cut short costs a timeout
          mostAtOnce = Math.min(MAX_BATCH, mostAtOnce + Math.max(1, mostAtOnce / 8));
        }
      } catch (SQLException e) {
        if (SqlErrors.isCanceled(e)) {
          tooSlow(batch, e);
        } else if (SqlErrors.isAboutData(e)) {
          together = false;
          refused(batch, e);
        } else {
          throw e;
        }
      }
    }
  }

  /** How many outcomes from the first on are of different jobs; at most this many. */
  private static int ofDifferentJobs(List<? extends Outcome> outcomes, int atMost) {
    Set<UUID> jobs = new HashSet<>();
    int limit = Math.min(outcomes.size(), atMost);
    int size = 0;
    while (size < limit && jobs.add(outcomes.get(size).run().id())) {
      size++;
    }
    return size;
  }

  private void settleTogether(Kind kind, List<Outcome> outcomes) throws SQLException {
    Set<Long> claims = endedClaims.with(outcomes);
    long begunNanos = System.nanoTime();
    Predicate<UUID> isSettled;
    try {
      isSettled = store.settle(kind, outcomes, claims);
    } catch (SQLException | RuntimeException e) {
      events.failedToSettle(e, begunNanos);
      throw e;
    }
    int settled = (int) outcomes.stream().filter(done -> isSettled.test(done.run().id())).count();
    events.settled(kind, settled, begunNanos);
    boolean allSettled = true;
    for (Outcome outcome : outcomes) {
      if (isSettled.test(outcome.run().id())) {
        settled(outcome.run());
      } else {
        allSettled = false;
        inDoubt.add(new Outcome.InDoubt(outcome.run(), outcome));
      }
    }
    if (allSettled) {
      endedClaims.forgotten(claims);
    }
  }

  /** The statement was cancelled: try fewer at once; one alone is tried again after a moment. */
  private void tooSlow(List<Outcome> batch, SQLException e) {
    LOG.warn("settling {} runs was cut short: {}", batch.size(), SqlErrors.describe(e));
    if (batch.size() == 1) {
      Outcome outcome = batch.get(0);
      doubtful.add(new Outcome.InDoubt(outcome.run(), outcome), System.nanoTime());
      batch.clear();
    } else {
      mostAtOnce = batch.size() / 2;
    }
  }

  /** A value is to blame: try each alone; one that cannot be stored is given up. */
  private void refused(List<Outcome> batch, SQLException e) {
    if (batch.size() > 1) {
      LOG.warn("settling {} runs at once failed: {}", batch.size(), SqlErrors.describe(e));
      return;
    }
    Run run = batch.get(0).run();
    LOG.error(
        "the outcome of {} cannot be stored: {}. Its attempt counts as failed once the runner finds"
            + " what is left of its claim",
        run,
        SqlErrors.describe(e));
    onSettled.accept(run);
    batch.clear();
  }

  /** The lease is lost, and with it the right to say anything about the job. */
  private void giveUpFenced(List<? extends Outcome> outcomes) {
    outcomes.removeIf(
        outcome -> {
          if (outcome.run().leash().isFenced()) {
            events.ended(outcome);
            onSettled.accept(outcome.run());
            return true;
          }
          return false;
        });
  }

  private void settled(Run run) {
    endedClaims.settled(run.claim());
    onSettled.accept(run);
  }

  /** Finds out what became of runs that somebody else may have settled. */
  private void resolve() throws SQLException {
    giveUpFenced(inDoubt);
    while (!inDoubt.isEmpty()) {
      List<Outcome.InDoubt> batch = inDoubt.subList(0, ofDifferentJobs(inDoubt, Integer.MAX_VALUE));
      resolve(batch, store.resolve(batch));
      batch.clear();
    }
  }

  private void resolve(List<Outcome.InDoubt> outcomes, Map<UUID, Boolean> open) {
    for (Outcome.InDoubt outcome : outcomes) {
      Boolean locked = open.get(outcome.run().id());
      if (locked == null) {
        events.ended(new Outcome.Done(outcome.run()));
        reportSettledElsewhere(outcome);
        settled(outcome.run());
      } else if (locked) {
        doubtful.add(outcome, System.nanoTime());
      } else {
        LOG.debug("{} is still open after all", outcome.run());
        events.ended(outcome.ifOpen());
        take(outcome.ifOpen());
      }
    }
  }

  private static void reportSettledElsewhere(Outcome.InDoubt outcome) {
    if (outcome.ifOpen() instanceof Outcome.Completed) {
      LOG.info(
          "{} was not completed by this run: the job was cancelled or cleared, it had lost its"
              + " lease, or the answer to its completion was lost",
          outcome.run());
    }
  }
}
