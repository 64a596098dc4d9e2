package io.jdbcmq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.internal.sql.Database.SqlWork;
import io.jdbcmq.internal.sql.RunKey;
import io.jdbcmq.job.Channel;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.OnDeath;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.testing.Calls;
import io.jdbcmq.testing.Stepper;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/**
 * How runners hear of work, sent by another process: queue and runner do not share a JobQueue here.
 */
@DisabledIfSystemProperty(named = "jdbcmq.test.notificationsLost", matches = "true")
class WakeUpIT {
  private static final JobRequest JOB = JobRequest.of("job");
  private static final Duration FOR_EVER = Duration.ofHours(1);

  @RegisterExtension final TestSchema db = new TestSchema();

  private final BlockingQueue<String> started = new LinkedBlockingQueue<>();
  private final JobRegistry jobs =
      JobRegistry.builder().handle("job", job -> started.add(job.name())).build();

  @Test
  void anIdleRunnerIsNotified() throws Exception {
    db.closing(db.queue().runner(jobs).pollInterval(FOR_EVER).start());
    awaitHungry();
    try (Connection connection = listening()) {
      db.queue().send(JOB);
      await().atMost(20, SECONDS).until(() -> !notifications(connection).isEmpty());
    }
    assertThat(started.poll(20, SECONDS)).isEqualTo("job");
  }

  /** Its sender looked while nobody was hungry, and commits while the runner sleeps. */
  @Test
  void aTransactionThatWasOpenWhileTheRunnerFellAsleepIsFoundByPolling() throws Exception {
    var sender = new Stepper(db).session();
    sender.run(c -> db.queue().send(c, JOB));
    db.closing(db.queue().runner(jobs).pollInterval(FOR_EVER).start());
    awaitHungry();

    sender.commit();
    // The polls follow each other after twice the time each; the transaction was open for less than
    // 10 s.
    assertThat(started.poll(30, SECONDS)).isEqualTo("job");
  }

  @Test
  void aRunnerThatListensToOtherGroupsIsNotWoken() throws Exception {
    db.closing(db.queue().runner(jobs).channels("other").pollInterval(FOR_EVER).start());
    awaitHungry();
    try (Connection connection = listening()) {
      db.queue().send(JOB);
      assertThat(notifications(connection)).isEmpty();
      db.queue().send(JOB.channel("other"));
      await().atMost(20, SECONDS).until(() -> !notifications(connection).isEmpty());
    }
  }

  /** For ten seconds else each send would notify, and wait for the lock that NOTIFY takes. */
  @Test
  void aRunnerThatEndsLeavesNoWishBehind() throws Exception {
    JobRunner some = db.queue().runner(jobs).channels("a", "b").start();
    JobRunner all = db.queue().runner(jobs).start();
    await().atMost(20, SECONDS).until(() -> wishes() == 3);

    some.close();
    all.close();
    assertThat(wishes()).isZero();
  }

  /** Single jobs leave the wish as it is, which would cost two writes each; a stream ends it. */
  @Test
  void onlyARunnerToWhichWorkStreamsWithdrawsTheWish() throws Exception {
    UUID runner = UUID.randomUUID();
    db.execute(
        "select mq_register_runner_v1('%s', 60000, 1, 'host', 'test', null)".formatted(runner));
    assertThat(claim(runner, 60_000)).isEqualTo("0");
    assertThat(wishes()).isEqualTo(1);
    db.queue().send(JOB);
    assertThat(claim(runner, 60_000)).isEqualTo("1");
    assertThat(wishes()).isEqualTo(1);
    assertThat(claim(runner, 0)).isEqualTo("0");
    assertThat(wishes()).isEqualTo(1);
    db.queue().send(JOB);
    assertThat(claim(runner, 0)).isEqualTo("1");
    assertThat(wishes()).isZero();
  }

  /** Else each of its commits would wait for the lock that NOTIFY takes. */
  @Test
  void nobodyIsNotifiedWhileNobodyIsHungry() throws Exception {
    try (Connection connection = listening()) {
      db.queue().send(JOB);
      db.queue().send(List.of(JOB, JOB, JOB));
      assertThat(notifications(connection)).isEmpty();
    }
  }

  @Test
  void oneTransactionNotifiesOnce() throws Exception {
    db.execute("select mq_turn_hungry(null, 60000)");
    try (Connection connection = listening();
        Connection sender = db.direct().getConnection()) {
      sender.setAutoCommit(false);
      for (int i = 0; i < 10; i++) {
        db.queue().send(sender, List.of(JOB, JOB.channel("c" + i)));
      }
      sender.commit();
      assertThat(notifications(connection)).hasSize(1);
    }
  }

  /** PREPARE TRANSACTION refuses a transaction that has notified somebody. */
  @Test
  void aPreparedTransactionSendsWithoutNotifying() throws Exception {
    db.closing(db.queue().runner(jobs).start());
    awaitHungry();
    try (Connection sender = db.direct().getConnection();
        Statement statement = sender.createStatement()) {
      sender.setAutoCommit(false);
      statement.execute("set local jdbcmq.notify = 'off'");
      db.queue().send(sender, JOB);
      statement.execute("prepare transaction '" + db.name() + "'");
      sender.setAutoCommit(true);
      statement.execute("commit prepared '" + db.name() + "'");
    }
    assertThat(started.poll(20, SECONDS)).isEqualTo("job");
  }

  /** What is due later, somebody will find by polling then. */
  @ParameterizedTest
  @CsvSource({"PT10S, true", "PT2M, false"})
  void whatIsDueBeforeTheNextPollNotifies(Duration delay, boolean notifies) throws Exception {
    Connection session = db.session();
    Calls calls = new Calls(db.schema());
    JobRequest retried = JOB.retry(RetryPolicy.of(1, delay));

    assertThat(notifies(c -> calls.send(c, JOB.delay(delay)))).isEqualTo(notifies);
    UUID reserved = calls.reserve(session, JOB.delay(delay), FOR_EVER);
    assertThat(notifies(c -> calls.commit(c, reserved))).isEqualTo(notifies);
    RunKey failing = calls.running(session, retried);
    assertThat(notifies(c -> calls.fail(c, failing))).isEqualTo(notifies);
    RunKey snoozing = calls.running(session, JOB);
    assertThat(
            notifies(
                c -> {
                  calls.snoozeOrRaise(c, snoozing, delay);
                  return null;
                }))
        .isEqualTo(notifies);
  }

  @Test
  void aReservationNotifiesNobodyUntilItIsCommitted() throws Exception {
    Calls calls = new Calls(db.schema());
    UUID id = UUID.randomUUID();

    assertThat(notifies(c -> calls.reserve(c, JOB.id(id), Duration.ofSeconds(10)))).isFalse();
    assertThat(notifies(c -> calls.commit(c, id))).isTrue();
  }

  @Test
  void aJobThatBecomesReadyAgainNotifies() throws Exception {
    Connection session = db.session();
    Calls calls = new Calls(db.schema());

    RunKey handedBack = calls.running(session, JOB);
    assertThat(notifies(c -> calls.handBack(c, handedBack))).isTrue();
    calls.clear(session);
    RunKey dying = calls.running(session, JOB.retry(RetryPolicy.never()));
    assertThat(notifies(c -> calls.fail(c, dying))).isFalse();
    assertThat(notifies(c -> calls.redrive(c, dying.id()))).isTrue();
  }

  @Test
  void anOrderedChannelThatGoesOnNotifies() throws Exception {
    Connection session = db.session();
    Calls calls = new Calls(db.schema());
    JobRequest ordered = JOB.channel("c").ordered(OnDeath.BLOCK).retry(RetryPolicy.never());

    RunKey completed = calls.running(session, ordered);
    UUID next = park(session, calls, ordered);
    assertThat(notifies(c -> calls.complete(c, completed))).isTrue();
    RunKey cancelled = calls.claim(session, calls.runner(session), 1).get(0);
    assertThat(cancelled.id()).isEqualTo(next);
    park(session, calls, ordered);
    assertThat(notifies(c -> calls.cancel(c, next))).isTrue();

    RunKey unblocked = calls.claim(session, calls.runner(session), 1).get(0);
    park(session, calls, ordered);
    assertThat(notifies(c -> calls.fail(c, unblocked))).isFalse();
    assertThat(notifies(c -> calls.unblock(c, new Channel("c", "")))).isTrue();

    RunKey discarded = calls.claim(session, calls.runner(session), 1).get(0);
    park(session, calls, ordered);
    assertThat(notifies(c -> calls.fail(c, discarded))).isFalse();
    assertThat(notifies(c -> calls.discard(c, discarded.id()))).isTrue();
  }

  /** Sends a job and has a claim find that another one is before it. */
  private static UUID park(Connection session, Calls calls, JobRequest ordered)
      throws SQLException {
    UUID id = calls.send(session, ordered);
    assertThat(calls.claim(session, calls.runner(session), 1)).isEmpty();
    assertThat(calls.state(session, id)).isEqualTo("parked 1");
    return id;
  }

  /** Whether work notifies a runner that would poll in a minute. */
  private boolean notifies(SqlWork<?> work) throws SQLException {
    db.execute("select mq_turn_hungry(null, 60000)");
    try (Connection connection = listening();
        Connection worker = db.session()) {
      work.run(worker);
      // The runner of a job that was cancelled is notified on the same channel.
      return notifications(connection).stream().anyMatch(told -> !told.equals("cancel"));
    }
  }

  private void awaitHungry() {
    await().atMost(20, SECONDS).until(() -> wishes() == 1);
  }

  private long wishes() throws SQLException {
    return db.count("mq_groups where hungry_until > now()");
  }

  /** Claims up to ten jobs and returns how many were there. */
  private String claim(UUID runner, int hungryMillis) throws SQLException {
    return db.query(
            "select taken from mq_claim_v1('%s', null, '', 10, %d) where id is null"
                .formatted(runner, hungryMillis))
        .get(0);
  }

  private Connection listening() throws SQLException {
    Connection connection = db.session();
    try (Statement statement = connection.createStatement()) {
      String topic = db.query("select mq_topic()").get(0);
      statement.execute("listen " + topic);
    }
    return connection;
  }

  /** Those that have arrived; a round trip brings all that were sent before it. */
  private static List<String> notifications(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("select 1");
    }
    PGNotification[] heard = connection.unwrap(PGConnection.class).getNotifications();
    return heard == null
        ? List.of()
        : Arrays.stream(heard).map(PGNotification::getParameter).toList();
  }
}
