package io.jdbcmq.internal.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.testing.Audit;
import io.jdbcmq.testing.Calls;
import io.jdbcmq.testing.Isolation;
import io.jdbcmq.testing.Merges;
import io.jdbcmq.testing.Stepper;
import io.jdbcmq.testing.TestClock;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Claims meet other claims, promotions, and whoever takes the jobs away. */
class ClaimRacesIT {
  private static final JobRequest JOB =
      JobRequest.of("job").channel("work").retry(RetryPolicy.of(3, Duration.ofHours(1)));
  private static final JobRequest LATER = JOB.delay(Duration.ofMinutes(1));

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
  void aJobIsClaimedOnce(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, this::readyJob)
            .actor("one", (c, rows) -> claim(c, rows))
            .actor("other", (c, rows) -> claim(c, rows));

    assertThat(merges.outcomes(this::state))
        .containsExactlyInAnyOrder(
            "one: 1, other: 0 -> claimed 1", "one: 0, other: 1 -> claimed 1");
  }

  @ParameterizedTest
  @EnumSource
  void aDueJobIsPromotedAndClaimedOnce(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, this::dueJob)
            .actor("one", (c, rows) -> claim(c, rows))
            .actor("other", (c, rows) -> claim(c, rows));

    assertThat(merges.outcomes(this::state))
        .containsExactlyInAnyOrder(
            "one: 1, other: 0 -> claimed 1", "one: 0, other: 1 -> claimed 1");
  }

  /** No attempt is used, and the job is as ready as before. */
  @ParameterizedTest
  @EnumSource
  void aClaimThatIsUndoneLeavesTheJobToOthers(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, this::readyJob)
            .undone("one", (c, rows) -> claim(c, rows))
            .actor("other", (c, rows) -> claim(c, rows));

    assertThat(merges.outcomes(this::state))
        .containsExactlyInAnyOrder(
            "one: undone, other: 0 -> ready 1", "one: undone, other: 1 -> claimed 1");
  }

  /** What it has claimed at that moment is nobody's, until the next rescue takes it. */
  @ParameterizedTest
  @EnumSource
  void aClaimWhoseRunnerRetiresIsRescued(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, this::readyJob)
            .actor("claim", this::claimIfRegistered)
            .actor("retire", this::retire);

    assertThat(
            merges.outcomes(
                (c, rows) -> {
                  assertThat(Audit.findings(db.direct(), db.name())).isEmpty();
                  return calls.rescue(c).size() + " rescued";
                }))
        .containsExactlyInAnyOrder(
            "claim: 1, retire: done -> 1 rescued", "claim: refused, retire: done -> 0 rescued");
  }

  @ParameterizedTest
  @EnumSource
  void aPromotionThatIsUndoneLeavesTheJobDelayed(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, this::dueJob)
            .undone("one", (c, rows) -> claim(c, rows))
            .actor("other", (c, rows) -> claim(c, rows));

    assertThat(merges.outcomes(this::state))
        .containsExactlyInAnyOrder(
            "one: undone, other: 0 -> delayed 1", "one: undone, other: 1 -> claimed 1");
  }

  @ParameterizedTest
  @EnumSource
  void clearTakesAJobThatIsBeingClaimed(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, this::readyJob)
            .actor("clear", (c, rows) -> calls.clear(c, "work"))
            .actor("claim", (c, rows) -> claim(c, rows))
            .actor("send", (c, rows) -> calls.send(c, List.of(JOB.channel("other"))).size());

    assertThat(merges.outcomes((c, rows) -> state(c, rows) + ", " + jobsLeft()))
        .containsExactlyInAnyOrder(
            "clear: 1, claim: 0, send: 0 -> gone, 1 left",
            "clear: 1, claim: 1, send: 0 -> gone, 1 left",
            "clear: 1, claim: 2, send: 0 -> gone, 1 left");
  }

  /** A job that is sent at the same time is cleared, or stays: whole. */
  @ParameterizedTest
  @EnumSource
  void clearTakesOrLeavesAJobThatIsBeingSent(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, this::readyJob)
            .actor("clear", (c, rows) -> calls.clear(c))
            .actor("send", (c, rows) -> calls.send(c, List.of(JOB)).size());

    assertThat(merges.outcomes((c, rows) -> state(c, rows) + ", " + jobsLeft()))
        .containsExactlyInAnyOrder(
            "clear: 1, send: 0 -> gone, 1 left", "clear: 2, send: 0 -> gone, 0 left");
  }

  @ParameterizedTest
  @EnumSource
  void clearTakesAJobThatIsBeingPromoted(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, this::dueJob)
            .actor("clear", (c, rows) -> calls.clear(c))
            .actor("promote", (c, rows) -> promote(c))
            .actor("claim", (c, rows) -> claim(c, rows));

    assertThat(merges.outcomes(this::state))
        .containsExactlyInAnyOrder(
            "clear: 1, promote: 0, claim: 0 -> gone",
            "clear: 1, promote: 0, claim: 1 -> gone",
            "clear: 1, promote: 1, claim: 0 -> gone",
            "clear: 1, promote: 1, claim: 1 -> gone");
  }

  @ParameterizedTest
  @EnumSource
  void clearTakesAJobThatIsFailingOrHandedBack(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> calls.running(c, JOB))
            .actor("clear", (c, run) -> calls.clear(c, "work"))
            .actor("fail", (c, run) -> calls.fail(c, run).size())
            .actor("hand back", (c, run) -> calls.handBack(c, run).size());

    assertThat(merges.outcomes((c, run) -> calls.state(c, run.id())))
        .containsExactlyInAnyOrder(
            "clear: 1, fail: 0, hand back: 0 -> gone",
            "clear: 1, fail: 0, hand back: 1 -> gone",
            "clear: 1, fail: 1, hand back: 0 -> gone");
  }

  @ParameterizedTest
  @EnumSource
  void clearTakesOrLeavesADeadLetterThatIsBeingRedriven(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, this::deadLetter)
            .actor("clear", (c, id) -> calls.clear(c))
            .actor("redrive", (c, id) -> calls.redrive(c, id).size());

    assertThat(merges.outcomes(calls::state))
        .containsExactlyInAnyOrder(
            "clear: 0, redrive: 1 -> ready 1", "clear: 1, redrive: 1 -> gone");
  }

  @ParameterizedTest
  @EnumSource
  void aDeadLetterIsRedrivenOrDiscardedOnce(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, this::deadLetter)
            .actor("one", (c, id) -> calls.redrive(c, id).size())
            .actor("other", (c, id) -> calls.redrive(c, id).size())
            .actor("discard", (c, id) -> calls.discard(c, id).size());

    assertThat(merges.outcomes(calls::state))
        .containsExactlyInAnyOrder(
            "one: 1, other: 0, discard: 0 -> ready 1",
            "one: 0, other: 1, discard: 0 -> ready 1",
            "one: 0, other: 0, discard: 1 -> gone");
  }

  // Races driven by hand.

  @Test
  void aClaimWaitsForNobody() throws Exception {
    var stepper = new Stepper(db);
    var handler = stepper.session();
    var sender = stepper.session();
    var other = stepper.session();
    var claimer = stepper.session();
    RunKey run = handler.run(c -> calls.running(c, JOB));
    UUID one = other.run(calls::runner);
    UUID two = claimer.run(calls::runner);
    sender.run(c -> calls.send(c, List.of(JOB, JOB, LATER)));
    for (var session : List.of(handler, sender, other, claimer)) {
      session.commit();
    }

    handler.run(
        c -> {
          calls.completeOrRaise(c, run);
          return true;
        });
    sender.run(c -> calls.send(c, List.of(JOB)));
    assertThat(other.begin(c -> calls.claim(c, one, 1)).now()).hasSize(1);
    assertThat(claimer.begin(c -> calls.claim(c, two, 10)).now()).hasSize(1);
    for (var session : List.of(handler, sender, other, claimer)) {
      session.commit();
    }
    assertThat(db.count("mq_ready")).isOne();
    assertThat(db.count("mq_delayed")).isOne();
  }

  @Test
  void aClaimThatRollsBackCountsNoAttempt() throws Exception {
    var claimer = new Stepper(db).session();
    UUID runner = claimer.run(calls::runner);
    UUID id = claimer.run(c -> calls.send(c, JOB));
    claimer.commit();

    List<RunKey> undone = claimer.run(c -> calls.claim(c, runner, 1));
    claimer.rollback();
    assertThat(db.count("mq_claims")).isZero();
    assertThat(claimer.begin(c -> calls.claim(c, runner, 1)).now()).isEqualTo(undone).hasSize(1);
    claimer.commit();
    assertThat(calls.state(db.session(), id)).isEqualTo("claimed 1");
  }

  /** The other way round, a crash after the claim counts: the rescue has used the attempt. */
  @Test
  void aClaimWhoseRunnerIsLostCountsOneAttempt() throws Exception {
    Connection session = db.session();
    RunKey run = calls.running(session, JOB);
    clock.advance(Calls.LEASE);
    calls.rescue(session);
    assertThat(calls.state(session, run.id())).isEqualTo("delayed 2");
  }

  @Test
  void aRunnerWithoutALeaseClaimsNothing() throws Exception {
    Connection session = db.session();
    calls.send(session, JOB);
    UUID expired = calls.runner(session);
    clock.advance(Calls.LEASE);
    UUID retired = calls.runner(session);
    calls.retire(session, retired);

    for (UUID runner : List.of(UUID.randomUUID(), expired, retired)) {
      assertLeaseLost(() -> calls.claim(session, runner, 1));
    }
    assertThat(db.count("mq_ready")).isOne();
  }

  private static void assertLeaseLost(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(SqlErrors.isLeaseLost(e)).isTrue());
  }

  /** It belongs to a runner that nobody knows any more, and is rescued as such. */
  @Test
  void aClaimThatOvertakesTheRescueOfItsRunnerIsRescuedNext() throws Exception {
    var stepper = new Stepper(db);
    var claimer = stepper.session();
    var rescuer = stepper.session();
    UUID runner = claimer.run(calls::runner);
    UUID id = claimer.run(c -> calls.send(c, JOB));
    claimer.commit();

    assertThat(claimer.begin(c -> calls.claim(c, runner, 1)).now()).hasSize(1);
    clock.advance(Calls.LEASE);
    assertThat(rescuer.begin(calls::rescue).now()).isEmpty();
    rescuer.commit();
    claimer.commit();
    assertThat(db.count("mq_runners")).isZero();

    assertThat(rescuer.begin(calls::rescue).now()).hasSize(1);
    rescuer.commit();
    assertThat(calls.state(db.session(), id)).isEqualTo("delayed 2");
    assertThat(db.count("mq_claims")).isZero();
    assertThat(db.query("select error from mq_errors").get(0)).contains("which has ended");
  }

  /** The race that the header of mq_clear_v1 tells of. */
  @Test
  void clearWaitsForAPromotionAndTakesTheReadyRow() throws Exception {
    var stepper = new Stepper(db);
    var promoter = stepper.session();
    var clearer = stepper.session();
    promoter.run(c -> calls.send(c, LATER));
    promoter.commit();
    clock.advance(Duration.ofMinutes(1));

    assertThat(promoter.begin(this::promote).now()).isEqualTo(1);
    var clear = clearer.begin(calls::clear);
    assertThat(clear.isBlocked()).isTrue();
    promoter.commit();

    assertThat(clear.result()).isEqualTo(1L);
    clearer.commit();
    assertThat(db.count("mq_ready")).isZero();
    assertThat(db.count("mq_delayed")).isZero();
  }

  @Test
  void aMigrationAndClaimsDoNotWaitForEachOther() throws Exception {
    var stepper = new Stepper(db);
    var claimer = stepper.session();
    var sender = stepper.session();
    var migrator = stepper.session();
    UUID runner = claimer.run(calls::runner);
    claimer.commit();
    sender.run(c -> calls.send(c, List.of(JOB, JOB, JOB)));
    sender.commit();

    assertThat(claimer.begin(c -> calls.claim(c, runner, 1)).now()).hasSize(1);
    sender.run(c -> calls.send(c, List.of(JOB)));
    migrator.run(
        c ->
            c.createStatement()
                .execute(
                    """
                    create table mq_next (id uuid);
                    create function mq_next_v1() returns int language plpgsql
                    as 'begin return 1; end';
                    call mq_finish_migration(1000, 'next')
                    """));
    claimer.commit();
    assertThat(claimer.begin(c -> calls.claim(c, runner, 1)).now()).hasSize(1);
    claimer.commit();
    sender.run(c -> calls.send(c, List.of(JOB)));
    sender.commit();
    migrator.commit();
    assertThat(claimer.begin(c -> calls.claim(c, runner, 10)).now()).hasSize(3);
    claimer.commit();
  }

  private record Rows(UUID job, UUID runner) {}

  private Rows readyJob(Connection connection) throws SQLException {
    return rows(connection, JOB);
  }

  private Rows dueJob(Connection connection) throws SQLException {
    UUID job = calls.send(connection, LATER);
    clock.advance(Duration.ofMinutes(1));
    return new Rows(job, calls.runner(connection));
  }

  private Rows rows(Connection connection, JobRequest job) throws SQLException {
    return new Rows(calls.send(connection, job), calls.runner(connection));
  }

  private UUID deadLetter(Connection connection) throws SQLException {
    RunKey run = calls.running(connection, JOB.retry(RetryPolicy.never()));
    calls.fail(connection, run);
    return run.id();
  }

  private int claim(Connection connection, Rows rows) throws SQLException {
    return calls.claim(connection, rows.runner, 10).size();
  }

  private String claimIfRegistered(Connection connection, Rows rows) throws SQLException {
    try {
      return Integer.toString(claim(connection, rows));
    } catch (SQLException e) {
      if (SqlErrors.isLeaseLost(e)) {
        return "refused";
      }
      throw e;
    }
  }

  private String retire(Connection connection, Rows rows) throws SQLException {
    calls.retire(connection, rows.runner);
    return "done";
  }

  /** Returns how many ready rows that made. */
  private int promote(Connection connection) throws SQLException {
    int before = ready(connection);
    try (var statement = connection.createStatement()) {
      statement.execute("select mq_promote(10)");
    }
    return ready(connection) - before;
  }

  private static int ready(Connection connection) throws SQLException {
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery("select count(*) from mq_ready")) {
      rows.next();
      return rows.getInt(1);
    }
  }

  private String state(Connection connection, Rows rows) throws SQLException {
    return calls.state(connection, rows.job);
  }

  private String jobsLeft() throws SQLException {
    return db.count("mq_jobs") + " left";
  }
}
