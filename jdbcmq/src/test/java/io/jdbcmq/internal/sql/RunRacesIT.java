package io.jdbcmq.internal.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.LeaseLostException;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.testing.Calls;
import io.jdbcmq.testing.Isolation;
import io.jdbcmq.testing.Merges;
import io.jdbcmq.testing.Stepper;
import io.jdbcmq.testing.TestClock;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A run that saves progress, snoozes or gives up meets others that take its job away. */
class RunRacesIT {
  private static final JobRequest JOB =
      JobRequest.of("job").json("[0]").retry(RetryPolicy.of(3, Duration.ofHours(1)));
  private static final JobRequest AT_ONCE = JOB.retry(RetryPolicy.of(3, Duration.ZERO));
  private static final Duration TWO_HOURS = Duration.ofHours(2);

  @RegisterExtension final TestSchema db = new TestSchema();

  private Calls calls;
  private TestClock clock;

  @BeforeEach
  void prepare() throws SQLException {
    calls = new Calls(db.schema());
    clock = new TestClock(db);
  }

  /**
   * The second run starts from what the first has saved, and after that the first saves nothing.
   */
  @ParameterizedTest
  @EnumSource
  void noCheckpointIsSavedOnceTheJobHasBeenRescued(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> new Handover(runOfALostRunner(c), calls.runner(c)))
            .actor(
                "save",
                (c, rows) -> {
                  calls.checkpoint(c, rows.run, "[1]", 1);
                  return "done";
                })
            .actor("rescue", (c, rows) -> calls.rescue(c).size())
            .actor("claim", (c, rows) -> payloads(c, rows.other));

    assertThat(merges.outcomes((c, rows) -> saved(c, rows.run)))
        .containsExactlyInAnyOrder(
            "save: done, rescue: 0, claim: none -> claimed 1 [1] 4",
            "save: done, rescue: 1, claim: none -> delayed 2 [1] 4",
            "save: done, rescue: 1, claim: [1] -> claimed 2 [1] 4",
            "save: lease lost, rescue: 1, claim: none -> delayed 2 [0] 3",
            "save: lease lost, rescue: 1, claim: [0] -> claimed 2 [0] 3");
  }

  @ParameterizedTest
  @EnumSource
  void snoozingAndRescuingPutTheJobBackOnce(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, this::runOfALostRunner)
            .actor(
                "snooze",
                (c, run) -> {
                  calls.snoozeOrRaise(c, run, TWO_HOURS);
                  return "done";
                })
            .actor("rescue", (c, run) -> calls.rescue(c).size());

    assertThat(merges.outcomes((c, run) -> saved(c, run)))
        .containsExactlyInAnyOrder(
            "snooze: done, rescue: 0 -> delayed 1 [0] 3",
            "snooze: lease lost, rescue: 1 -> delayed 2 [0] 3");
  }

  @ParameterizedTest
  @EnumSource
  void aSnoozeThatIsRolledBackLeavesTheRunToTheRescuer(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, this::runOfALostRunner)
            .undone(
                "snooze",
                (c, run) -> {
                  calls.snoozeOrRaise(c, run, TWO_HOURS);
                  return "done";
                })
            .actor("rescue", (c, run) -> calls.rescue(c).size());

    assertThat(merges.outcomes((c, run) -> saved(c, run)))
        .containsExactlyInAnyOrder(
            "snooze: undone, rescue: 0 -> claimed 1 [0] 3",
            "snooze: undone, rescue: 1 -> delayed 2 [0] 3",
            "snooze: lease lost, rescue: 1 -> delayed 2 [0] 3");
  }

  @ParameterizedTest
  @EnumSource
  void givingUpAndRescuingSettleARunOnce(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, this::runOfALostRunner)
            .actor(
                "give up",
                (c, run) -> {
                  calls.giveUpOrRaise(c, run);
                  return "done";
                })
            .actor("rescue", (c, run) -> calls.rescue(c).size());

    assertThat(merges.outcomes((c, run) -> calls.state(c, run.id())))
        .containsExactlyInAnyOrder(
            "give up: done, rescue: 0 -> dead 1", "give up: lease lost, rescue: 1 -> delayed 2");
  }

  /** A batch skips the row that a canceller has locked; so the job may be left to be cancelled. */
  @ParameterizedTest
  @EnumSource
  void aCancelledRunSettlesNothing(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> calls.running(c, JOB))
            .actor("cancel", (c, run) -> cancel(c, run.id()))
            .actor("snooze", (c, run) -> calls.snooze(c, run).size())
            .actor("complete", (c, run) -> 1 - calls.complete(c, run).size());

    assertThat(merges.outcomes((c, run) -> calls.state(c, run.id())))
        .containsExactlyInAnyOrder(
            "cancel: running, snooze: 0, complete: 0 -> gone",
            "cancel: waiting, snooze: 1, complete: 0 -> gone",
            "cancel: nothing, snooze: 0, complete: 1 -> gone");
  }

  @ParameterizedTest
  @EnumSource
  void aCancelledRunSavesNothing(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> calls.running(c, JOB))
            .actor("cancel", (c, run) -> cancel(c, run.id()))
            .actor(
                "save",
                (c, run) -> {
                  calls.checkpoint(c, run, "[1]", 0);
                  return "done";
                });

    assertThat(merges.outcomes((c, run) -> calls.state(c, run.id())))
        .containsExactlyInAnyOrder(
            "cancel: running, save: done -> gone", "cancel: running, save: lease lost -> gone");
  }

  @Test
  void aRunIsLostOnceSomethingElseHasBecomeOfItsJob() throws Exception {
    Connection session = db.session();
    RunKey current = calls.running(session, JOB);
    RunKey failed = calls.running(session, JOB);
    calls.fail(session, failed);
    RunKey snoozed = calls.running(session, JOB);
    calls.snoozeOrRaise(session, snoozed, TWO_HOURS);
    RunKey cancelled = calls.running(session, JOB);
    cancel(session, cancelled.id());
    RunKey givenUp = calls.running(session, JOB);
    calls.giveUpOrRaise(session, givenUp);
    calls.checkpoint(session, current, "[1]", 1);

    assertThat(calls.lost(session, current, failed, snoozed, cancelled, givenUp))
        .containsExactlyInAnyOrder(failed.id(), snoozed.id(), cancelled.id(), givenUp.id());
  }

  @Test
  void extraRetriesSaturate() throws Exception {
    Connection session = db.session();
    RunKey run = calls.running(session, JOB);
    calls.checkpoint(session, run, "[1]", 10_000);
    calls.checkpoint(session, run, "[2]", 10_000);
    assertThat(saved(session, run)).isEqualTo("claimed 1 [2] 10000");
  }

  @Test
  void nothingOfAStaleRunIsCommittedEvenIfItSwallowsTheException() throws Exception {
    db.execute("create table effects (run int)");
    var handler = new Stepper(db).session();
    RunKey stale = handler.run(c -> calls.running(c, JOB));
    handler.commit();
    calls.fail(db.session(), stale);

    handler.run(
        c -> {
          c.createStatement().execute("insert into effects values (1)");
          assertThatThrownBy(() -> calls.checkpoint(c, stale, "[1]", 0))
              .isInstanceOf(LeaseLostException.class)
              .hasMessageContaining("saving a checkpoint of job " + stale.id());
          return true;
        });
    handler.commit(); // the server rolls back, and the driver does not tell
    assertThat(db.count("effects")).isZero();
  }

  private record Handover(RunKey run, UUID other) {}

  private RunKey runOfALostRunner(Connection connection) throws SQLException {
    RunKey run = calls.running(connection, AT_ONCE);
    clock.advance(Calls.LEASE);
    return run;
  }

  /** The payload of the job that a poll claims. */
  private String payloads(Connection connection, UUID runner) throws SQLException {
    return calls.poll(connection, runner, 1).jobs().stream()
        .map(job -> job.json().orElseThrow())
        .findFirst()
        .orElse("none");
  }

  private String saved(Connection connection, RunKey run) throws SQLException {
    try (ResultSet rows =
        connection
            .createStatement()
            .executeQuery(
                "select payload_json, retries from mq_jobs where id = '" + run.id() + "'")) {
      rows.next();
      return calls.state(connection, run.id()) + " " + rows.getString(1) + " " + rows.getInt(2);
    }
  }

  private static String cancel(Connection connection, UUID id) throws SQLException {
    try (ResultSet rows =
        connection
            .createStatement()
            .executeQuery("select was_running from mq_cancel_v1(array['" + id + "'::uuid])")) {
      return rows.next() ? (rows.getBoolean(1) ? "running" : "waiting") : "nothing";
    }
  }
}
