package io.jdbcmq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.internal.sql.RunKey;
import io.jdbcmq.job.CancelResult;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.SendResult;
import io.jdbcmq.testing.Calls;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** Two queues in one database, each in its schema, that know nothing of each other. */
class TwoInstallationsIT {
  private static final Duration FOR_EVER = Duration.ofHours(1);

  @RegisterExtension final TestSchema one = new TestSchema();
  @RegisterExtension final TestSchema other = new TestSchema();

  private final BlockingQueue<UUID> ranInOne = new LinkedBlockingQueue<>();
  private final BlockingQueue<UUID> ranInOther = new LinkedBlockingQueue<>();

  @Test
  void aSendWakesTheRunnersOfItsOwnQueueOnly() throws Exception {
    one.closing(
        one.queue()
            .runner(Jobs.handledBy(job -> ranInOne.add(job.id())))
            .pollInterval(FOR_EVER)
            .start());
    other.closing(
        other
            .queue()
            .runner(Jobs.handledBy(job -> ranInOther.add(job.id())))
            .pollInterval(FOR_EVER)
            .start());
    awaitHungry(one);
    awaitHungry(other);
    try (Connection toOne = listening(one);
        Connection toOther = listening(other)) {
      UUID id = one.queue().send(JobRequest.of(Jobs.NAME)).id();

      assertThat(ranInOne.poll(20, SECONDS)).isEqualTo(id);
      assertThat(notifications(toOne)).isPositive();
      assertThat(notifications(toOther)).isZero();
    }
    assertThat(ranInOther).isEmpty();
    UUID id = other.queue().send(JobRequest.of(Jobs.NAME)).id();
    assertThat(ranInOther.poll(20, SECONDS)).isEqualTo(id);
  }

  @Test
  void theSameIdAndTheSameKeyAreTwoJobs() {
    JobRequest request = JobRequest.of(Jobs.NAME).id(UUID.randomUUID()).uniqueKey("key");
    assertThat(one.queue().send(request)).isInstanceOf(SendResult.Sent.class);
    assertThat(other.queue().send(request)).isInstanceOf(SendResult.Sent.class);

    UUID id = request.id().orElseThrow();
    assertThat(one.queue().cancel(id)).isEqualTo(CancelResult.WAS_WAITING);
    assertThat(one.queue().find(id)).isEmpty();
    assertThat(other.queue().find(id)).isPresent();
    assertThat(one.queue().clearAll()).isZero();
    assertThat(other.queue().clearAll()).isOne();
  }

  @Test
  void noCallOfOneReachesARunOfTheOther() throws Exception {
    Calls calls = new Calls(one.schema());
    Connection session = one.session();
    UUID runner = calls.runner(session);
    UUID id = calls.send(session, JobRequest.of(Jobs.NAME));
    RunKey run = calls.claim(session, runner, 1).get(0);
    one.execute("update mq_runners set lease_ends_at = '2000-01-01'");

    Calls strangers = new Calls(other.schema());
    Connection stranger = other.session();
    assertThat(strangers.rescue(stranger)).isEmpty();
    assertThat(strangers.complete(stranger, run)).isEqualTo(Set.of(id));
    assertThat(strangers.fail(stranger, run)).isEmpty();
    assertThat(strangers.handBack(stranger, run)).isEmpty();
    assertThat(strangers.heartbeat(stranger, runner)).isFalse();
    strangers.retire(stranger, runner);
    assertThat(strangers.clear(stranger)).isZero();
    other.queue().channels().pause("default");

    assertThat(calls.complete(session, run)).isEmpty();
    assertThat(one.count("mq_runners")).isOne();
    assertThat(one.queue().channels().paused()).isEmpty();
    one.execute("delete from mq_runners");
  }

  private static void awaitHungry(TestSchema db) {
    await().atMost(20, SECONDS).until(() -> db.count("mq_groups where hungry_until > now()") == 1);
  }

  private static Connection listening(TestSchema db) throws SQLException {
    Connection connection = db.direct().getConnection();
    try (Statement statement = connection.createStatement()) {
      statement.execute("set search_path = \"" + db.name() + "\", pg_temp");
      statement.execute("listen " + db.query("select mq_topic()").get(0));
    }
    return connection;
  }

  /** How many have arrived; a round trip brings all that were sent before it. */
  private static int notifications(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("select 1");
    }
    PGNotification[] heard = connection.unwrap(PGConnection.class).getNotifications();
    return heard == null ? 0 : heard.length;
  }
}
