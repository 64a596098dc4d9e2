package io.jdbcmq.internal.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.job.StorageException;
import io.jdbcmq.testing.Calls;
import io.jdbcmq.testing.Isolation;
import io.jdbcmq.testing.Merges;
import io.jdbcmq.testing.Stepper;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Senders meet each other, and the ends of jobs that have the id they send. */
class SendRacesIT {
  private static final JobRequest JOB = JobRequest.of("job").retry(RetryPolicy.never());

  @RegisterExtension final TestSchema db = new TestSchema();

  private Calls calls;

  @BeforeEach
  void prepare() {
    calls = new Calls(db.schema());
  }

  // All merges of two or three transactions.

  @ParameterizedTest
  @EnumSource
  void anIdIsStoredOnce(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> UuidV7.next())
            .actor("one", this::send)
            .actor("other", this::send);

    assertThat(merges.outcomes(calls::state))
        .containsExactlyInAnyOrder(
            "one: sent, other: duplicate -> ready 1", "one: duplicate, other: sent -> ready 1");
  }

  @ParameterizedTest
  @EnumSource
  void aSendThatIsUndoneMakesNoDuplicate(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> UuidV7.next())
            .undone("one", this::send)
            .actor("other", this::send);

    assertThat(merges.outcomes(calls::state))
        .containsExactlyInAnyOrder("one: undone, other: sent -> ready 1");
  }

  @ParameterizedTest
  @EnumSource
  void listsInOppositeOrdersDoNotDeadlock(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> List.of(UuidV7.next(), UuidV7.next()))
            .actor("up", (c, ids) -> send(c, ids.get(0), ids.get(1)))
            .actor("down", (c, ids) -> send(c, ids.get(1), ids.get(0)));

    assertThat(merges.outcomes((c, ids) -> calls.state(c, ids.get(0))))
        .containsExactlyInAnyOrder(
            "up: [], down: [0, 1] -> ready 1", "up: [0, 1], down: [] -> ready 1");
  }

  @ParameterizedTest
  @EnumSource
  void anIdIsFreeOnceItsJobHasCompleted(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> calls.running(c, JOB))
            .actor("complete", (c, run) -> calls.complete(c, run).size())
            .actor("send", (c, run) -> send(c, run.id()));

    assertThat(merges.outcomes((c, run) -> calls.state(c, run.id())))
        .containsExactlyInAnyOrder(
            "complete: 0, send: duplicate -> gone", "complete: 0, send: sent -> ready 1");
  }

  /** From live to dead there is no moment at which the id is free. */
  @ParameterizedTest
  @EnumSource
  void anIdIsTakenWhileItsJobDies(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> calls.running(c, JOB))
            .actor("fail", (c, run) -> calls.fail(c, run).size())
            .actor("send", (c, run) -> send(c, run.id()));

    assertThat(merges.outcomes((c, run) -> calls.state(c, run.id())))
        .containsExactlyInAnyOrder("fail: 1, send: duplicate -> dead 1");
  }

  /** Here the snapshot of the sender is older than the job that it does not see die. */
  @ParameterizedTest
  @EnumSource
  void anIdIsTakenWhoseJobDiedSinceTheTransactionBegan(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> calls.running(c, JOB))
            .actor("fail", (c, run) -> calls.fail(c, run).size())
            .actor("send", this::look, (c, run) -> send(c, run.id()));

    assertThat(merges.outcomes((c, run) -> calls.state(c, run.id())))
        .containsExactlyInAnyOrder("fail: 1, send: looked duplicate -> dead 1");
  }

  @ParameterizedTest
  @EnumSource
  void anIdIsTakenWhileItsDeadLetterIsRedriven(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, this::deadLetter)
            .actor("redrive", (c, id) -> calls.redrive(c, id).size())
            .actor("send", this::send);

    assertThat(merges.outcomes(calls::state))
        .containsExactlyInAnyOrder("redrive: 1, send: duplicate -> ready 1");
  }

  @ParameterizedTest
  @EnumSource
  void anIdIsTakenUntilItsDeadLetterIsDiscarded(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, this::deadLetter)
            .actor("discard", (c, id) -> calls.discard(c, id).size())
            .actor("send", this::send);

    assertThat(merges.outcomes(calls::state))
        .containsExactlyInAnyOrder(
            "discard: 1, send: duplicate -> gone", "discard: 1, send: sent -> ready 1");
  }

  // Races driven by hand.

  @Test
  void theSecondSenderWaitsAndFindsADuplicateIfTheFirstCommits() throws Exception {
    var stepper = new Stepper(db);
    var first = stepper.session();
    var second = stepper.session();
    UUID id = UuidV7.next();

    assertThat(first.begin(c -> send(c, id)).now()).isEqualTo("sent");
    var send = second.begin(c -> send(c, id));
    assertThat(send.isBlocked()).isTrue();
    first.commit();

    assertThat(send.result()).isEqualTo("duplicate");
    assertThat(second.begin(c -> send(c, UuidV7.next())).now()).isEqualTo("sent"); // still usable
    second.commit();
    assertThat(db.count("mq_ready")).isEqualTo(2);
  }

  @Test
  void theSecondSenderWaitsAndSendsIfTheFirstRollsBack() throws Exception {
    var stepper = new Stepper(db);
    var first = stepper.session();
    var second = stepper.session();
    UUID id = UuidV7.next();

    assertThat(first.begin(c -> send(c, id)).now()).isEqualTo("sent");
    var send = second.begin(c -> send(c, id));
    assertThat(send.isBlocked()).isTrue();
    first.rollback();

    assertThat(send.result()).isEqualTo("sent");
    second.commit();
    assertThat(db.count("mq_ready")).isOne();
  }

  @Test
  void sendersOfFreshIdsDoNotWaitForEachOther() throws Exception {
    var stepper = new Stepper(db);
    var first = stepper.session();
    var second = stepper.session();
    first.run(c -> calls.send(c, List.of(JOB, JOB)));
    second.run(c -> calls.send(c, List.of(JOB, JOB)));
    first.commit();
    second.commit();
    assertThat(db.count("mq_ready")).isEqualTo(4);
  }

  @Test
  void noRunOfAClearedJobSettlesAnotherOneOfTheSameId() throws Exception {
    Connection session = db.session();
    RunKey cleared = calls.running(session, JOB);
    calls.clear(session);
    assertThat(send(session, cleared.id())).isEqualTo("sent");

    assertThat(calls.complete(session, cleared)).containsExactly(cleared.id());
    assertThat(calls.fail(session, cleared)).isEmpty();
    assertThat(calls.handBack(session, cleared)).isEmpty();
    assertThat(calls.state(session, cleared.id())).isEqualTo("ready 1");
  }

  /** However often the first one was put back. */
  @Test
  void tokensOfAnIdGrowFromJobToJob() throws Exception {
    Connection session = db.session();
    UUID id = UuidV7.next();
    UUID runner = calls.runner(session);
    int token = 0;
    for (int life = 0; life < 3; life++) {
      send(session, id);
      for (int run = 0; run < 5; run++) {
        RunKey key = calls.claim(session, runner, 1).get(0);
        assertThat(key.token()).isGreaterThan(token);
        token = key.token();
        calls.handBack(session, key);
      }
      calls.clear(session);
    }
  }

  @Test
  void anIdRepeatedInAListIsADuplicateOfItsFirstPlace() throws Exception {
    Connection session = db.session();
    UUID id = UuidV7.next();
    UUID other = UuidV7.next();
    JobRequest first = JOB.id(id).channel("first");
    JobRequest again = JOB.id(id).channel("again");

    assertThat(calls.send(session, List.of(first, JOB.id(other), again, again)))
        .containsExactlyInAnyOrder(2, 3);
    assertThat(db.query("select channel_name from mq_jobs order by channel_name"))
        .containsExactly("default", "first");
    assertThat(db.query("select channel_name from mq_ready order by seq"))
        .containsExactly("first", "default");
  }

  @Test
  void theIdOfADeadLetterIsADuplicateAmongOthersThatAreSent() throws Exception {
    Connection session = db.session();
    UUID dead = deadLetter(session);
    assertThat(calls.send(session, List.of(JOB, JOB.id(dead), JOB))).containsExactly(1);
    assertThat(calls.state(session, dead)).isEqualTo("dead 1");
    assertThat(db.count("mq_jobs")).isEqualTo(2);
    assertThat(db.count("mq_ready")).isEqualTo(2);
  }

  @Test
  void aSendThatIsRolledBackToASavepointNeverWas() throws Exception {
    var sender = new Stepper(db).session();
    UUID id = UuidV7.next();
    UUID kept = UuidV7.next();
    sender.run(
        c -> {
          send(c, kept);
          var before = c.setSavepoint();
          send(c, id);
          c.rollback(before);
          return send(c, kept);
        });
    sender.commit();
    assertThat(calls.state(db.session(), id)).isEqualTo("gone");
    assertThat(db.count("mq_jobs")).isOne();
    assertThat(send(db.session(), id)).isEqualTo("sent");
  }

  @Test
  void aPreparedSendRunsOnceItIsCommitted() throws Exception {
    var sender = prepared();
    assertThat(calls.claim(db.session(), calls.runner(db.session()), 10)).isEmpty();
    sender.createStatement().execute("commit prepared '" + db.name() + "'");
    assertThat(calls.claim(db.session(), calls.runner(db.session()), 10)).hasSize(2);
  }

  @Test
  void aPreparedSendNeverRunsIfItIsRolledBack() throws Exception {
    var sender = prepared();
    sender.createStatement().execute("rollback prepared '" + db.name() + "'");
    assertThat(calls.claim(db.session(), calls.runner(db.session()), 10)).isEmpty();
    assertThat(db.count("mq_jobs")).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"commit", "rollback"})
  void aSenderToAnOrderedChannelWaitsForAPreparedSend(String end) throws Exception {
    JobRequest ordered = JOB.channel("ordered").ordered();
    UUID first = UuidV7.next();
    var holder = prepared(ordered.id(first));
    var sender = new Stepper(db).session();
    var send = sender.begin(c -> calls.send(c, ordered));
    assertThat(send.isBlocked()).isTrue();

    holder.createStatement().execute(end + " prepared '" + db.name() + "'");
    UUID second = send.result();
    sender.commit();
    List<UUID> order = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      for (RunKey run : calls.claim(db.session(), calls.runner(db.session()), 10)) {
        order.add(run.id());
        assertThat(calls.complete(db.session(), run)).isEmpty();
      }
    }
    assertThat(order).isEqualTo(end.equals("commit") ? List.of(first, second) : List.of(second));
  }

  /** In calls of their own: one list lines up for all its channels at once. */
  @Test
  void ofTwoThatSendToOrderedChannelsInOppositeOrdersOneIsToldToTryAgain() throws Exception {
    assertThat(
            db.query(
                """
                select distinct hashtextextended('', hashtextextended(name, 0)) & 1023
                from unnest(array['a', 'b']) as name
                """))
        .as("stripes")
        .hasSize(2);
    var stepper = new Stepper(db);
    var one = stepper.session();
    var other = stepper.session();
    one.run(c -> sendOrdered(c, "one", "a"));
    other.run(c -> sendOrdered(c, "other", "b"));
    var waiting = one.begin(c -> sendOrdered(c, "one", "b"));
    assertThat(waiting.isBlocked()).isTrue();
    var circle = other.begin(c -> sendOrdered(c, "other", "a"));

    List<String> ends = List.of(waiting.result(), circle.result());
    assertThat(ends).containsExactlyInAnyOrder("sent", "transient 40P01");
    one.commit(); // rolls back if it is the one
    other.commit();
    assertThat(db.query("select job_name from mq_jobs order by seq"))
        .isEqualTo(ends.get(0).equals("sent") ? List.of("one", "one") : List.of("other", "other"));
  }

  private String sendOrdered(Connection connection, String name, String channel) {
    try {
      db.queue().send(connection, JobRequest.of(name).channel(channel).ordered());
      return "sent";
    } catch (StorageException e) {
      return (e.isTransient() ? "transient " : "final ")
          + ((SQLException) e.getCause()).getSQLState();
    }
  }

  private Connection prepared() throws SQLException {
    return prepared(JOB, JOB);
  }

  private Connection prepared(JobRequest... requests) throws SQLException {
    assumeFalse(
        db.query("show max_prepared_transactions").contains("0"),
        "the server has max_prepared_transactions = 0");
    Connection session = db.session();
    session.setAutoCommit(false);
    calls.send(session, List.of(requests));
    session.createStatement().execute("prepare transaction '" + db.name() + "'");
    session.commit();
    session.setAutoCommit(true);
    return session;
  }

  private String look(Connection connection, RunKey run) throws SQLException {
    calls.state(connection, run.id());
    return "looked";
  }

  private UUID deadLetter(Connection connection) throws SQLException {
    RunKey run = calls.running(connection, JOB);
    calls.fail(connection, run);
    return run.id();
  }

  private String send(Connection connection, UUID id) throws SQLException {
    return calls.send(connection, List.of(JOB.id(id))).isEmpty() ? "sent" : "duplicate";
  }

  private Object send(Connection connection, UUID first, UUID second) throws SQLException {
    return calls.send(connection, List.of(JOB.id(first), JOB.id(second)));
  }
}
