package io.jdbcmq.internal.runner;

import io.jdbcmq.internal.notify.Worker;
import io.jdbcmq.internal.runner.Settlements.Kind;
import io.jdbcmq.internal.sql.SqlErrors;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the outcomes of runs to the database, many in one statement.
 *
 * <p>An outcome that arrives while nothing is going on leaves at once. While outcomes keep coming,
 * they are gathered for a millisecond. What fails for a passing reason is repeated until it
 * succeeds or the lease is lost; that is safe, because a run that is settled already is refused. A
 * statement that takes longer than the database allows is repeated with half of its outcomes, one
 * that fails for a lasting reason for each outcome alone, so that one cannot hold up the others.
 */
final class Completer {
  private static final Logger LOG = LoggerFactory.getLogger(Completer.class);
  private static final int MAX_BATCH = 500;
  private static final Duration GATHER = Duration.ofMillis(1);
  private static final Duration IDLE = Duration.ofSeconds(1);

  private final Settlements settlements;
  private final Consumer<Run> onSettled;
  private final RunEvents events;
  private final BlockingQueue<Outcome> arriving = new LinkedBlockingQueue<>();
  private final Worker worker = new Worker("completer", Duration.ofSeconds(2), this::step);

  // What the worker's thread has taken and not settled yet.
  private final Map<Kind, List<Outcome>> taken = new EnumMap<>(Kind.class);
  private final List<Outcome.InDoubt> inDoubt = new ArrayList<>();
  private final DoubtfulRuns doubtful = new DoubtfulRuns();
  private final EndedClaims endedClaims = new EndedClaims();
  private int mostAtOnce = MAX_BATCH;
  private long lastStepNanos = System.nanoTime();

  /** A completer, not yet started; tells of each run that it has settled or given up. */
  Completer(Settlements settlements, Consumer<Run> onSettled, RunEvents events) {
    this.settlements = settlements;
    this.onSettled = onSettled;
    this.events = events;
    for (Kind kind : Kind.values()) {
      taken.put(kind, new ArrayList<>());
    }
  }

  void start() {
    worker.start();
  }

  /** Takes an outcome. Bounded by the runner, which fetches nothing while too many wait. */
  void add(Outcome outcome) {
    arriving.add(outcome);
  }

  /** Stops; what is not settled by then is left to the lease. */
  void close() {
    worker.close();
    if (worker.join(Duration.ofSeconds(5))) {
      try {
        forgetClaims();
      } catch (SQLException | RuntimeException e) {
        LOG.debug("claims were not forgotten: {}", SqlErrors.describe(e));
      }
    }
  }

  private void step() throws SQLException, InterruptedException {
    if (inDoubt.isEmpty() && taken.values().stream().allMatch(List::isEmpty)) {
      gather();
    }
    for (Map.Entry<Kind, List<Outcome>> outcomes : taken.entrySet()) {
      settle(outcomes.getKey(), outcomes.getValue());
    }
    resolve();
    if (arriving.isEmpty()) {
      forgetClaims();
    }
    lastStepNanos = System.nanoTime();
  }

  private void gather() throws InterruptedException {
    Duration patience = doubtful.untilDue(System.nanoTime(), IDLE);
    Outcome first = arriving.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
    if (first != null) {
      long gathered = System.nanoTime() - lastStepNanos;
      worker.pause(Duration.ofNanos(Math.max(0, GATHER.toNanos() - gathered)));
      List<Outcome> batch = new ArrayList<>();
      batch.add(first);
      arriving.drainTo(batch, MAX_BATCH - 1);
      batch.forEach(this::sort);
    }
    inDoubt.addAll(doubtful.due(System.nanoTime()));
  }

  private void sort(Outcome outcome) {
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

  /** Settles outcomes of one kind, as many as possible in one statement, and empties the list. */
  private void settle(Kind kind, List<Outcome> outcomes) throws SQLException {
    giveUpFenced(outcomes);
    boolean together = true;
    while (!outcomes.isEmpty()) {
      int size = Math.min(outcomes.size(), together ? mostAtOnce : 1);
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

  private void settleTogether(Kind kind, List<Outcome> outcomes) throws SQLException {
    Set<Long> claims = endedClaims.with(outcomes);
    long begunNanos = System.nanoTime();
    Predicate<UUID> isSettled;
    try {
      isSettled = settlements.settle(kind, outcomes, claims);
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
        "the outcome of {} cannot be stored: {}. Its job goes back without using an attempt",
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
    if (inDoubt.isEmpty()) {
      return;
    }
    Map<UUID, Boolean> open = settlements.resolve(inDoubt);
    for (Outcome.InDoubt outcome : inDoubt) {
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
        sort(outcome.ifOpen());
      }
    }
    inDoubt.clear();
  }

  private static void reportSettledElsewhere(Outcome.InDoubt outcome) {
    if (outcome.ifOpen() instanceof Outcome.Completed) {
      LOG.info(
          "{} was not completed by this run: the job was cancelled or cleared, it had lost its"
              + " lease, or the answer to its completion was lost",
          outcome.run());
    }
  }

  private void forgetClaims() throws SQLException {
    if (!endedClaims.isEmpty()) {
      Set<Long> claims = endedClaims.with(List.of());
      settlements.forget(claims);
      endedClaims.forgotten(claims);
    }
  }
}
