package io.jdbcmq.internal.runner;

import io.jdbcmq.internal.sql.Database;
import io.jdbcmq.internal.sql.RunKey;
import io.jdbcmq.internal.sql.SettleCalls;
import io.jdbcmq.internal.sql.SettleCalls.Failure;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Settles many runs in one statement, each in a transaction of its own. Thread-safe. */
final class Settlements implements Batcher.Store {
  private static final Logger LOG = LoggerFactory.getLogger(Settlements.class);

  /** What one statement can settle. */
  enum Kind {
    COMPLETED,
    FAILED,
    SNOOZED,
    UNKNOWN,
    UNSTARTED
  }

  private static final Failure UNDONE =
      new Failure("What became of this attempt was undone, by a failover for example.", false);

  private final Database database;
  private final SettleCalls calls;
  private final RunEvents events;

  Settlements(Database database, SettleCalls calls, RunEvents events) {
    this.database = database;
    this.calls = calls;
    this.events = events;
  }

  @Override
  public Predicate<UUID> settle(Kind kind, List<Outcome> outcomes, Set<Long> claims)
      throws SQLException {
    return switch (kind) {
      case COMPLETED -> database.inOwnTransaction(c -> complete(c, outcomes, claims));
      case FAILED -> fail(outcomes, claims);
      case SNOOZED -> database.inOwnTransaction(c -> snooze(c, outcomes, claims));
      case UNKNOWN -> handBack(outcomes, true, claims);
      case UNSTARTED -> handBack(outcomes, false, claims);
    };
  }

  @Override
  public Map<UUID, Boolean> resolve(List<? extends Outcome> outcomes) throws SQLException {
    return database.inOwnTransaction(connection -> calls.resolve(connection, keys(outcomes)));
  }

  @Override
  public void forget(Set<Long> claims) throws SQLException {
    database.inOwnTransaction(connection -> calls.complete(connection, List.of(), claims));
  }

  /** Hands back runs of a claim that never started, and returns the jobs that were. */
  Set<UUID> handBack(long claimId, List<RunKey> runs) throws SQLException {
    return database.inOwnTransaction(
        connection -> calls.handBack(connection, runs, false, List.of(claimId)));
  }

  /** Fails those runs of a claim that are current again, since their outcomes were undone. */
  void failUndone(UUID runnerId, long claimId, List<RunKey> runs) throws SQLException {
    List<Failure> failures = Collections.nCopies(runs.size(), UNDONE);
    database
        .inOwnTransaction(c -> calls.fail(c, runs, failures, List.of(claimId)))
        .forEach(
            (job, dead) -> {
              LOG.warn(
                  "runner {}: what became of job {} was undone, by a failover for example: {}",
                  runnerId,
                  job,
                  dead ? "that was its last attempt, it is a dead letter" : "it is tried again");
              events.undone(job, runnerId, dead);
            });
  }

  /** Of the given runs, the jobs of those that are no longer current. */
  Set<UUID> lost(List<RunKey> runs) throws SQLException {
    return database.inOwnTransaction(connection -> calls.lost(connection, runs));
  }

  private Predicate<UUID> complete(Connection connection, List<Outcome> runs, Set<Long> claims)
      throws SQLException {
    Set<UUID> refused = calls.complete(connection, keys(runs), claims);
    return id -> !refused.contains(id);
  }

  private Predicate<UUID> fail(List<Outcome> runs, Set<Long> claims) throws SQLException {
    List<Failure> failures =
        runs.stream()
            .map(Outcome.Failed.class::cast)
            .map(run -> new Failure(run.error(), run.isFinal()))
            .toList();
    Map<UUID, Boolean> dead =
        database.inOwnTransaction(c -> calls.fail(c, keys(runs), failures, claims));
    tellOfDeaths(runs, dead); // once that has committed
    return dead::containsKey;
  }

  private Predicate<UUID> handBack(List<Outcome> runs, boolean unknown, Set<Long> claims)
      throws SQLException {
    return database.inOwnTransaction(c -> calls.handBack(c, keys(runs), unknown, claims))::contains;
  }

  private void tellOfDeaths(List<Outcome> runs, Map<UUID, Boolean> dead) {
    for (Outcome outcome : runs) {
      if (Boolean.TRUE.equals(dead.get(outcome.run().id()))) {
        LOG.warn(
            "{} {}: the job is a dead letter",
            outcome.run(),
            ((Outcome.Failed) outcome).isFinal() ? "gave up" : "was the last attempt");
        events.died(outcome.run());
      }
    }
  }

  private Predicate<UUID> snooze(Connection connection, List<Outcome> runs, Set<Long> claims)
      throws SQLException {
    List<Duration> delays = runs.stream().map(run -> ((Outcome.Snoozed) run).delay()).toList();
    return calls.snooze(connection, keys(runs), delays, claims)::contains;
  }

  private static List<RunKey> keys(List<? extends Outcome> outcomes) {
    return outcomes.stream().map(outcome -> outcome.run().key()).toList();
  }
}
