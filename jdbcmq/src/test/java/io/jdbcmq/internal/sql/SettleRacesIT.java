package io.jdbcmq.internal.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jdbcmq.job.CancelResult;
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
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A run that ends meets others that end it, or take it away, at the same moment. */
class SettleRacesIT {
  private static final JobRequest JOB =
      JobRequest.of("job").retry(RetryPolicy.of(3, Duration.ofHours(1)));
  private static final JobRequest LAST_TRY = JOB.retry(RetryPolicy.never());

  private static final String LOCK_FIRST_RUNNERS_JOBS =
      """
      select from mq_jobs where id in (
        select unnest(job_ids) from mq_claims
        where runner_id = (select id from mq_runners order by id limit 1))
      for update
      """;

  @RegisterExtension final TestSchema db = new TestSchema();

  private Calls calls;
  private TestClock clock;

  @BeforeEach
  void prepare() throws SQLException {
    calls = new Calls(db.schema());
    clock = new TestClock(db);
  }

  // All merges of two or three transactions.

  @ParameterizedTest
  @EnumSource
  void completingAndRescuingSettleARunOnce(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, this::runOfALostRunner)
            .actor("complete", this::complete)
            .actor("rescue", (c, run) -> calls.rescue(c).size());

    assertThat(merges.outcomes(this::state))
        .containsExactlyInAnyOrder(
            "complete: done, rescue: 0 -> gone", "complete: refused, rescue: 1 -> delayed 2");
  }

  /** A rescuer that meets an open completion leaves the job; so both can find nothing to do. */
  @ParameterizedTest
  @EnumSource
  void aCompletionThatIsUndoneLeavesTheRunToTheRescuer(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, this::runOfALostRunner)
            .undone("complete", this::complete)
            .actor("rescue", (c, run) -> calls.rescue(c).size());

    assertThat(merges.outcomes(this::state))
        .containsExactlyInAnyOrder(
            "complete: undone, rescue: 0 -> claimed 1", "complete: undone, rescue: 1 -> delayed 2");
  }

  @ParameterizedTest
  @EnumSource
  void completingInTheCallersTransactionAndRescuingSettleARunOnce(Isolation isolation)
      throws Exception {
    var merges =
        new Merges<>(db, isolation, this::runOfALostRunner)
            .actor(
                "handler",
                (c, run) -> {
                  calls.completeOrRaise(c, run);
                  return "done";
                })
            .actor("rescue", (c, run) -> calls.rescue(c).size());

    assertThat(merges.outcomes(this::state))
        .containsExactlyInAnyOrder(
            "handler: done, rescue: 0 -> gone", "handler: lease lost, rescue: 1 -> delayed 2");
  }

  @ParameterizedTest
  @EnumSource
  void theSecondRunStartsOnlyIfTheFirstCanNoLongerComplete(Isolation isolation) throws Exception {
    JobRequest atOnce = JOB.retry(RetryPolicy.of(3, Duration.ZERO));
    var merges =
        new Merges<>(db, isolation, c -> new Handover(runOfALostRunner(c, atOnce), calls.runner(c)))
            .actor("complete", (c, rows) -> complete(c, rows.run))
            .actor("rescue", (c, rows) -> calls.rescue(c).size())
            .actor("claim", (c, rows) -> calls.claim(c, rows.other, 1).size());

    assertThat(merges.outcomes((c, rows) -> state(c, rows.run)))
        .containsExactlyInAnyOrder(
            "complete: done, rescue: 0, claim: 0 -> gone",
            "complete: refused, rescue: 1, claim: 0 -> delayed 2",
            "complete: refused, rescue: 1, claim: 1 -> claimed 2");
  }

  @ParameterizedTest
  @EnumSource
  void failingAndRescuingUseOneAttempt(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, this::runOfALostRunner)
            .actor("fail", (c, run) -> calls.fail(c, run).size())
            .actor("rescue", (c, run) -> calls.rescue(c).size());

    assertThat(merges.outcomes(this::state))
        .containsExactlyInAnyOrder(
            "fail: 1, rescue: 0 -> delayed 2", "fail: 0, rescue: 1 -> delayed 2");
  }

  @ParameterizedTest
  @EnumSource
  void theLastAttemptDiesOnce(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> runOfALostRunner(c, LAST_TRY))
            .actor("fail", (c, run) -> calls.fail(c, run).size())
            .actor("rescue", (c, run) -> calls.rescue(c).size());

    assertThat(merges.outcomes(this::state))
        .containsExactlyInAnyOrder("fail: 1, rescue: 0 -> dead 1", "fail: 0, rescue: 1 -> dead 1");
  }

  @ParameterizedTest
  @EnumSource
  void handingBackAndRescuingPutTheJobBackOnce(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, this::runOfALostRunner)
            .actor("hand back", (c, run) -> calls.handBack(c, run).size())
            .actor("rescue", (c, run) -> calls.rescue(c).size());

    assertThat(merges.outcomes(this::state))
        .containsExactlyInAnyOrder(
            "hand back: 1, rescue: 0 -> ready 1", "hand back: 0, rescue: 1 -> delayed 2");
  }

  @ParameterizedTest
  @EnumSource
  void twoRescuersFailARunOnce(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, this::runOfALostRunner)
            .actor("one", (c, run) -> calls.rescue(c).size())
            .actor("other", (c, run) -> calls.rescue(c).size());

    assertThat(merges.outcomes(this::state))
        .containsExactlyInAnyOrder(
            "one: 1, other: 0 -> delayed 2", "one: 0, other: 1 -> delayed 2");
  }

  @ParameterizedTest
  @EnumSource
  void batchesInOppositeOrdersDoNotDeadlock(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, this::twoRunsOfALostRunner)
            .actor("up", (c, runs) -> calls.complete(c, runs.get(0), runs.get(1)).size())
            .actor("down", (c, runs) -> calls.complete(c, runs.get(1), runs.get(0)).size());

    assertThat(merges.outcomes(this::states))
        .containsExactlyInAnyOrder("up: 0, down: 2 -> gone gone", "up: 2, down: 0 -> gone gone");
  }

  @ParameterizedTest
  @EnumSource
  void batchesRescueAndClearDoNotDeadlock(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, this::twoRunsOfALostRunner)
            .actor("complete", (c, runs) -> calls.complete(c, runs.get(1), runs.get(0)).size())
            .actor("rescue", (c, runs) -> calls.rescue(c).size())
            .actor("clear", (c, runs) -> calls.clear(c));

    assertThat(merges.outcomes(this::states))
        .containsExactlyInAnyOrder(
            "complete: 0, rescue: 0, clear: 0 -> gone gone",
            "complete: 2, rescue: 0, clear: 2 -> gone gone",
            "complete: 2, rescue: 2, clear: 2 -> gone gone");
  }

  @ParameterizedTest
  @EnumSource
  void aBatchAndCancellationsInOppositeOrdersDoNotDeadlock(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, this::twoRunsOfALostRunner)
            .actor("complete", (c, runs) -> calls.complete(c, runs.get(0), runs.get(1)).size())
            .actor("cancel", (c, runs) -> cancel(c, runs.get(1).id(), runs.get(0).id()));

    assertThat(merges.outcomes(this::states))
        .containsExactlyInAnyOrder(
            "complete: 0, cancel: [NOT_LIVE, NOT_LIVE] -> gone gone",
            "complete: 2, cancel: [WAS_RUNNING, WAS_RUNNING] -> gone gone");
  }

  /** The first job is completed or cancelled; the second one is cancelled, claimed or not. */
  @ParameterizedTest
  @EnumSource
  void completingCancellingAndClaimingEndEachJobOnce(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(
                db,
                isolation,
                c -> {
                  RunKey run = calls.running(c, JOB);
                  return new RunningAndReady(run, calls.send(c, JOB), calls.runner(c));
                })
            .actor("complete", (c, jobs) -> complete(c, jobs.run))
            .actor("cancel", (c, jobs) -> cancel(c, jobs.run.id(), jobs.ready))
            .actor("claim", (c, jobs) -> calls.claim(c, jobs.runner, 2).size());

    assertThat(merges.outcomes((c, jobs) -> state(c, jobs.run) + " " + calls.state(c, jobs.ready)))
        .containsExactlyInAnyOrder(
            "complete: done, cancel: [NOT_LIVE, WAS_WAITING], claim: 0 -> gone gone",
            "complete: done, cancel: [NOT_LIVE, WAS_RUNNING], claim: 1 -> gone gone",
            "complete: refused, cancel: [WAS_RUNNING, WAS_WAITING], claim: 0 -> gone gone",
            "complete: refused, cancel: [WAS_RUNNING, WAS_RUNNING], claim: 1 -> gone gone");
  }

  // Races driven by hand.

  @Test
  void aTransactionThatHasCancelledItsJobCannotCompleteIt() throws Exception {
    db.execute("create table effects (run int)");
    RunKey run = calls.running(db.session(), JOB);
    var handler = new Stepper(db).session();

    handler.run(
        c -> {
          c.createStatement().execute("insert into effects values (1)");
          assertThat(calls.cancel(c, run.id())).isEqualTo(CancelResult.WAS_RUNNING);
          assertThat(calls.complete(c, run)).containsExactly(run.id());
          assertThatThrownBy(() -> c.createStatement().execute(completion(run)))
              .isInstanceOfSatisfying(
                  SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("MQ001"));
          return true;
        });
    handler.commit(); // the server rolls back, and the driver does not tell
    assertThat(db.count("effects")).isZero();
    assertThat(state(db.session(), run)).isEqualTo("claimed 1");
  }

  @Test
  void aTransactionThatHasCompletedItsJobFindsNothingToCancel() throws Exception {
    RunKey run = calls.running(db.session(), JOB);
    var handler = new Stepper(db).session();

    handler.run(
        c -> {
          calls.completeOrRaise(c, run);
          assertThat(calls.cancel(c, run.id())).isEqualTo(CancelResult.NOT_LIVE);
          return true;
        });
    handler.commit();
    assertThat(state(db.session(), run)).isEqualTo("gone");
  }

  @Test
  void rescueDoesNotWaitForAnOpenCompletionAndTheNextOneResolvesIt() throws Exception {
    var stepper = new Stepper(db);
    var handler = stepper.session();
    var rescuer = stepper.session();
    List<RunKey> runs = rescuer.run(this::twoRunsOfALostRunner);
    rescuer.commit();

    handler.run(c -> completeInTransaction(c, runs.get(0)));
    assertThat(rescuer.begin(calls::rescue).now())
        .extracting(LeaseCalls.Rescued::jobId)
        .containsExactly(runs.get(1).id());
    rescuer.commit();
    assertThat(db.query("select cardinality(job_ids) from mq_claims")).containsExactly("1");
    assertThat(db.count("mq_runners")).isOne();

    handler.rollback();
    assertThat(rescuer.begin(calls::rescue).now())
        .extracting(LeaseCalls.Rescued::jobId)
        .containsExactly(runs.get(0).id());
    rescuer.commit();
    assertThat(db.count("mq_claims")).isZero();
    assertThat(db.count("mq_runners")).isZero();
  }

  /** Sessions of a runner that is cut off may live on, and hold the rows of its jobs. */
  @Test
  void rescueGoesPastAnyNumberOfClaimsThatItCannotTake() throws Exception {
    var stepper = new Stepper(db);
    var ghost = stepper.session();
    var rescuer = stepper.session();
    rescuer.run(c -> oneByOne(c, calls.runner(c), 120));
    List<RunKey> free = rescuer.run(c -> oneByOne(c, calls.runner(c), 150));
    rescuer.commit();
    clock.advance(Calls.LEASE);

    ghost.run(c -> c.createStatement().execute(LOCK_FIRST_RUNNERS_JOBS));
    assertThat(rescuer.begin(calls::rescue).now()).hasSize(100);
    rescuer.commit();
    assertThat(rescuer.begin(calls::rescue).now()).hasSize(50);
    rescuer.commit();
    assertThat(state(db.session(), free.get(149))).isEqualTo("delayed 2");

    ghost.rollback();
    assertThat(rescuer.begin(calls::rescue).now()).hasSize(100);
    rescuer.commit();
    assertThat(rescuer.begin(calls::rescue).now()).hasSize(20);
    rescuer.commit();
    assertThat(db.count("mq_runners")).isZero();
  }

  /** Sends and claims so many jobs, each in a claim of its own. */
  private List<RunKey> oneByOne(Connection connection, UUID runner, int count) throws SQLException {
    List<RunKey> runs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      calls.send(connection, JOB);
      runs.addAll(calls.claim(connection, runner, 1));
    }
    return runs;
  }

  @Test
  void theClaimOfACommittedCompletionIsForgottenByTheNextRescue() throws Exception {
    var stepper = new Stepper(db);
    var handler = stepper.session();
    var rescuer = stepper.session();
    RunKey run = rescuer.run(this::runOfALostRunner);
    rescuer.commit();

    handler.run(c -> completeInTransaction(c, run));
    assertThat(rescuer.begin(calls::rescue).now()).isEmpty();
    rescuer.commit();
    handler.commit();
    assertThat(rescuer.begin(calls::rescue).now()).isEmpty();
    rescuer.commit();

    assertThat(db.count("mq_jobs")).isZero();
    assertThat(db.count("mq_claims")).isZero();
    assertThat(db.count("mq_runners")).isZero();
  }

  @Test
  void heartbeatDoesNotWaitForAnOpenCompletionOrRescue() throws Exception {
    var stepper = new Stepper(db);
    var handler = stepper.session();
    var rescuer = stepper.session();
    var heart = stepper.session();
    RunKey lost = rescuer.run(this::runOfALostRunner);
    UUID runner = rescuer.run(calls::runner);
    calls.send(db.session(), JOB);
    RunKey run = rescuer.run(c -> calls.claim(c, runner, 1).get(0));
    rescuer.commit();

    handler.run(c -> completeInTransaction(c, run));
    assertThat(rescuer.begin(calls::rescue).now()).hasSize(1);
    assertThat(heart.begin(c -> calls.heartbeat(c, runner)).now()).isTrue();
    heart.commit();
    rescuer.commit();
    handler.commit();
    assertThat(state(db.session(), run)).isEqualTo("gone");
    assertThat(state(db.session(), lost)).isEqualTo("delayed 2");
  }

  @Test
  void aLeaseThatHasRunOutIsNotRenewed() throws Exception {
    Connection session = db.session();
    UUID runner = calls.runner(session);
    clock.advance(Calls.LEASE.minusSeconds(2));
    assertThat(calls.heartbeat(session, runner)).isTrue();
    clock.advance(Calls.LEASE.minusSeconds(2));
    assertThat(calls.heartbeat(session, runner)).isTrue();

    clock.advance(Calls.LEASE);
    assertThat(calls.heartbeat(session, runner)).isFalse();
    calls.rescue(session);
    assertThat(calls.heartbeat(session, runner)).isFalse();
  }

  /** The clock is read when the row is at hand, not when the request arrived. */
  @Test
  void aHeartbeatThatHadToWaitDoesNotReviveALeaseThatRanOutMeanwhile() throws Exception {
    var stepper = new Stepper(db);
    var holder = stepper.session();
    var heart = stepper.session();
    UUID runner = holder.run(calls::runner);
    holder.commit();

    holder.run(c -> c.createStatement().execute("select from mq_runners for update"));
    var beat = heart.begin(c -> calls.heartbeat(c, runner));
    assertThat(beat.isBlocked()).isTrue();
    clock.advance(Calls.LEASE);
    holder.commit();

    assertThat(beat.result()).isFalse();
    heart.rollback();
  }

  /** Else it would renew what has just been taken from it. */
  @Test
  void aHeartbeatWaitsForARescueOfItsRunner() throws Exception {
    var stepper = new Stepper(db);
    var rescuer = stepper.session();
    var heart = stepper.session();
    UUID runner = rescuer.run(calls::runner);
    rescuer.run(c -> calls.send(c, JOB));
    rescuer.run(c -> calls.claim(c, runner, 1));
    rescuer.commit();

    clock.advance(Calls.LEASE);
    assertThat(rescuer.begin(calls::rescue).now()).hasSize(1);
    clock.advance(Calls.LEASE.negated()); // as if the heartbeat had read the clock before
    var beat = heart.begin(c -> calls.heartbeat(c, runner));
    assertThat(beat.isBlocked()).isTrue();
    rescuer.commit();

    assertThat(beat.result()).isFalse();
    heart.rollback();
  }

  /** Its commit is at hand: whether the lease holds is not known yet. */
  @Test
  void rescueDoesNotTouchARunnerThatIsRenewingItsLease() throws Exception {
    var stepper = new Stepper(db);
    var rescuer = stepper.session();
    var heart = stepper.session();
    UUID runner = rescuer.run(calls::runner);
    rescuer.run(c -> calls.send(c, JOB));
    RunKey run = rescuer.run(c -> calls.claim(c, runner, 1).get(0));
    rescuer.commit();

    clock.advance(Calls.LEASE.minusSeconds(2));
    assertThat(heart.begin(c -> calls.heartbeat(c, runner)).now()).isTrue();
    clock.advance(Duration.ofSeconds(4));
    assertThat(rescuer.begin(calls::rescue).now()).isEmpty();
    rescuer.commit();
    heart.commit();
    assertThat(state(db.session(), run)).isEqualTo("claimed 1");
    assertThat(calls.heartbeat(db.session(), runner)).isTrue();
  }

  /** As a checkpoint would change it. */
  @Test
  void aCompletionDoesNotWaitForAJobThatSomebodyIsChangingAndSucceedsAfterwards() throws Exception {
    var stepper = new Stepper(db);
    var handler = stepper.session();
    var completer = stepper.session();
    RunKey run = handler.run(c -> calls.running(c, JOB));
    handler.commit();

    handler.run(c -> c.createStatement().execute("update mq_jobs set payload_json = '1'"));
    String first = completer.run(c -> complete(c, run));
    completer.commit();
    assertThat(first).isEqualTo("refused");
    assertThat(state(db.session(), run)).isEqualTo("claimed 1");
    handler.commit();

    String second = completer.run(c -> complete(c, run));
    completer.commit();
    assertThat(second).isEqualTo("done");
    assertThat(state(db.session(), run)).isEqualTo("gone");
  }

  @Test
  void aBatchOutlivesARunThatIsRefused() throws Exception {
    Connection session = db.session();
    List<RunKey> runs = twoRunsOfALostRunner(session);
    calls.fail(session, runs.get(0));
    assertThat(calls.complete(session, runs.get(0), runs.get(1))).containsExactly(runs.get(0).id());
    assertThat(states(session, runs)).isEqualTo("delayed 2 gone");
  }

  @Test
  void aRunThatWasHandedBackCanDoNothingMore() throws Exception {
    Connection session = db.session();
    RunKey run = calls.running(session, JOB);
    assertThat(calls.handBack(session, run)).containsExactly(run.id());

    assertThat(calls.handBack(session, run)).isEmpty();
    assertThat(calls.fail(session, run)).isEmpty();
    assertThat(calls.complete(session, run)).containsExactly(run.id());
    assertThatThrownBy(() -> calls.completeOrRaise(session, run))
        .isInstanceOf(LeaseLostException.class);

    List<RunKey> next = calls.claim(session, calls.runner(session), 1);
    assertThat(next).containsExactly(new RunKey(run.id(), run.token() + 1));
    assertThat(calls.complete(session, run)).containsExactly(run.id());
    assertThat(state(session, run)).isEqualTo("claimed 1");
    assertThat(calls.complete(session, next.get(0))).isEmpty();
  }

  @Test
  void noRunOfAFirstLifeCompletesTheSecond() throws Exception {
    Connection session = db.session();
    RunKey first = calls.running(session, LAST_TRY);
    calls.fail(session, first);
    assertThat(calls.redrive(session, first.id())).containsExactly(first.id());

    assertThat(calls.complete(session, first)).containsExactly(first.id());
    assertThat(state(session, first)).isEqualTo("ready 1");
    List<RunKey> second = calls.claim(session, calls.runner(session), 1);
    assertThat(calls.complete(session, first)).containsExactly(first.id());
    assertThat(calls.complete(session, second.get(0))).isEmpty();
    assertThat(state(session, first)).isEqualTo("gone");
  }

  @Test
  void noRunOfAFirstLifeCompletesTheSecondInATransaction() throws Exception {
    Connection session = db.session();
    RunKey first = calls.running(session, LAST_TRY);
    calls.fail(session, first);
    calls.redrive(session, first.id());
    RunKey second = calls.claim(session, calls.runner(session), 1).get(0);

    assertThatThrownBy(() -> calls.completeOrRaise(session, first))
        .isInstanceOf(LeaseLostException.class);
    calls.completeOrRaise(session, second);
    assertThat(state(session, first)).isEqualTo("gone");
  }

  @Test
  void nothingOfAStaleRunIsCommittedEvenIfItSwallowsTheException() throws Exception {
    db.execute("create table effects (run int)");
    var stepper = new Stepper(db);
    var handler = stepper.session();
    RunKey stale = handler.run(c -> calls.running(c, JOB));
    handler.commit();
    handler.run(c -> c.createStatement().execute("insert into effects values (1)"));
    calls.handBack(db.session(), stale);

    handler.run(
        c -> {
          assertThatThrownBy(() -> calls.completeOrRaise(c, stale))
              .isInstanceOf(LeaseLostException.class);
          return true;
        });
    handler.commit(); // the server rolls back, and the driver does not tell
    assertThat(db.count("effects")).isZero();
    assertThat(state(db.session(), stale)).isEqualTo("ready 1");
  }

  @Test
  void rollingBackToASavepointUndoesACompletionAndFreesTheRun() throws Exception {
    var stepper = new Stepper(db);
    var handler = stepper.session();
    RunKey run = handler.run(this::runOfALostRunner);
    handler.commit();

    handler.run(
        c -> {
          var before = c.setSavepoint();
          calls.completeOrRaise(c, run);
          c.rollback(before);
          return true;
        });
    assertThat(calls.rescue(db.session())).hasSize(1);
    handler.run(
        c -> {
          assertThatThrownBy(() -> calls.completeOrRaise(c, run))
              .isInstanceOf(LeaseLostException.class);
          return true;
        });
    handler.rollback();
    assertThat(state(db.session(), run)).isEqualTo("delayed 2");
  }

  @Test
  void aCompletionAfterASavepointCommits() throws Exception {
    var handler = new Stepper(db).session();
    RunKey run = handler.run(c -> calls.running(c, JOB));
    handler.run(
        c -> {
          var before = c.setSavepoint();
          calls.completeOrRaise(c, run);
          c.rollback(before);
          calls.completeOrRaise(c, run);
          c.releaseSavepoint(before);
          return true;
        });
    handler.commit();
    assertThat(state(db.session(), run)).isEqualTo("gone");
  }

  private record Handover(RunKey run, UUID other) {}

  private record RunningAndReady(RunKey run, UUID ready, UUID runner) {}

  private RunKey runOfALostRunner(Connection connection) throws SQLException {
    return runOfALostRunner(connection, JOB);
  }

  private RunKey runOfALostRunner(Connection connection, JobRequest job) throws SQLException {
    RunKey run = calls.running(connection, job);
    clock.advance(Calls.LEASE);
    return run;
  }

  private List<RunKey> twoRunsOfALostRunner(Connection connection) throws SQLException {
    calls.send(connection, List.of(JOB, JOB));
    List<RunKey> runs = calls.claim(connection, calls.runner(connection), 2);
    clock.advance(Calls.LEASE);
    return runs;
  }

  private String complete(Connection connection, RunKey run) throws SQLException {
    return calls.complete(connection, run).isEmpty() ? "done" : "refused";
  }

  private Collection<CancelResult> cancel(Connection connection, UUID... ids) throws SQLException {
    return new CancelCalls(db.schema()).cancel(connection, List.of(ids)).values();
  }

  private static String completion(RunKey run) {
    return "select mq_complete_or_raise_v1('%s', %d)".formatted(run.id(), run.token());
  }

  private boolean completeInTransaction(Connection connection, RunKey run) throws SQLException {
    calls.completeOrRaise(connection, run);
    return true;
  }

  private String states(Connection connection, List<RunKey> runs) throws SQLException {
    return state(connection, runs.get(0)) + " " + state(connection, runs.get(1));
  }

  private String state(Connection connection, RunKey run) throws SQLException {
    return calls.state(connection, run.id());
  }
}
