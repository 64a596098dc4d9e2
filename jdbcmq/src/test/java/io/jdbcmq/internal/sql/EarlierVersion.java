package io.jdbcmq.internal.sql;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.JobQueue;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.OnDeath;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.testing.Calls;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

/** Calls the functions that a schema has at a version, and knows what has to run after it. */
final class EarlierVersion {
  /** From this version on the functions are there that a claim calls. */
  private static final int CLAIMS = 8;

  /** And those that a commit or a cancellation calls. */
  private static final int COMMITS = 10;

  private static final Duration LONG = Duration.ofHours(1);

  private final int version;
  private final Schema schema;
  private final TestSchema db;
  private final Calls calls;
  private final Connection session;

  /** Everything that has to run once. */
  private final Set<UUID> expected = Collections.synchronizedSet(new LinkedHashSet<>());

  /** What has to run in this order. */
  private final List<List<UUID>> ordered = new CopyOnWriteArrayList<>();

  private final List<UUID> reserved = new ArrayList<>();
  private final List<UUID> dead = new ArrayList<>();
  private final List<Thread> senders = new ArrayList<>();
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private volatile boolean sending = true;

  EarlierVersion(int version, Schema schema, TestSchema db) throws SQLException {
    this.version = version;
    this.schema = schema;
    this.db = db;
    this.calls = new Calls(schema);
    this.session = session();
  }

  private Connection session() throws SQLException {
    Connection connection = db.closing(db.direct().getConnection());
    execute(connection, "set search_path = %s, pg_temp".formatted(schema.quoted()));
    return connection;
  }

  /** Jobs in each state that there is at this version. */
  void sendOfEachState() throws SQLException {
    if (version >= CLAIMS) {
      claimAndSettle();
      holdChannels();
    }
    if (version >= COMMITS) {
      commit();
      cancelAndPause();
    }
    if (version >= 3) {
      execute(session, "select mq_note_low_water('default', 0::smallint, null, null)");
    }
    sendUnclaimed();
  }

  /** Ready, delayed, parked and reserved; of a plain, an ordered and a unique job. */
  private void sendUnclaimed() throws SQLException {
    expect(calls.send(session, job()));
    expect(calls.send(session, job().priority(-5).header("key", "value").bytes(new byte[] {0})));
    expect(calls.send(session, job().uniqueKey("key")));
    expect(calls.send(session, job().delay(LONG)));
    sendInOrder(session, "parked", 3);
    reserved.add(calls.reserve(session, job(), LONG));
    reserved.add(calls.reserve(session, job().channel("reserved").ordered(), LONG));
    calls.reserve(session, job().channel("ending"), Duration.ofSeconds(1));
  }

  private void claimAndSettle() throws SQLException {
    UUID runner = calls.runner(session);
    expect(claimed(runner, "lost").id());
    assertThat(calls.complete(session, claimed(runner, "completed"))).isEmpty();
    RunKey failed = claimed(runner, "failed");
    expect(failed.id());
    assertThat(calls.fail(session, failed)).isNotEmpty();
    RunKey snoozed = claimed(runner, "snoozed");
    expect(snoozed.id());
    assertThat(calls.snooze(session, snoozed)).isNotEmpty();
    RunKey unknown = claimed(runner, "unknown");
    expect(unknown.id());
    assertThat(calls.handBackUnknown(session, unknown)).isNotEmpty();
    RunKey back = claimed(runner, "back");
    expect(back.id());
    assertThat(calls.handBack(session, back)).isNotEmpty();
    RunKey saved = claimed(runner, "saved");
    expect(saved.id());
    calls.checkpoint(session, saved, "{\"saved\": 1}", 2);
    RunKey last = claimed(runner, job().channel("last").retry(RetryPolicy.never()));
    assertThat(calls.fail(session, last)).isNotEmpty();
    die(last.id());
    end(runner);
  }

  /** By a dead head; by one that a lost runner has; and one that nothing holds any more. */
  private void holdChannels() throws SQLException {
    UUID runner = calls.runner(session);
    JobRequest holding = job().channel("held").ordered(OnDeath.BLOCK).retry(RetryPolicy.never());
    RunKey head = claimed(runner, holding);
    List<UUID> held = new ArrayList<>(List.of(head.id()));
    held.addAll(sendInOrder(session, "held", 2));
    ordered.add(held);
    assertThat(calls.fail(session, head)).isNotEmpty();
    die(head.id());

    List<UUID> running = sendInOrder(session, "running", 3);
    assertThat(calls.poll(session, runner, 1, "running").jobs())
        .extracting(job -> job.key().id())
        .containsExactly(running.get(0));

    RunKey discarded = claimed(runner, holding.channel("woken"));
    sendInOrder(session, "woken", 2);
    assertThat(calls.fail(session, discarded)).isNotEmpty();
    assertThat(calls.discard(session, discarded.id())).isNotEmpty();
    assertThat(db.count(schema.quoted() + ".mq_wakes")).isPositive();
    end(runner);
  }

  private void commit() throws SQLException {
    UUID now = calls.reserve(session, job(), LONG);
    UUID later = calls.reserve(session, job().delay(LONG), LONG);
    assertThat(calls.commit(session, now, later)).isEqualTo(2);
    expect(now);
    expect(later);
  }

  private void cancelAndPause() throws SQLException {
    execute(session, "select mq_pause_v1(array['paused'])");
    expect(calls.send(session, job().channel("paused")));
    UUID runner = calls.runner(session);
    calls.cancel(session, claimed(runner, "cancelled").id());
    end(runner);
  }

  private RunKey claimed(UUID runner, String channel) throws SQLException {
    return claimed(runner, job().channel(channel));
  }

  private RunKey claimed(UUID runner, JobRequest job) throws SQLException {
    UUID id = calls.send(session, job);
    List<ClaimedJob> claimed = calls.poll(session, runner, 1, job.channel().name()).jobs();
    assertThat(claimed).extracting(run -> run.key().id()).containsExactly(id);
    return claimed.get(0).key();
  }

  /** Its process was killed. */
  private void end(UUID runner) throws SQLException {
    execute(
        session,
        "update mq_runners set lease_ends_at = mq_now() where id = '%s'".formatted(runner));
  }

  private List<UUID> sendInOrder(Connection connection, String channel, int count)
      throws SQLException {
    List<JobRequest> jobs = new ArrayList<>();
    List<UUID> ids = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      UUID id = UUID.randomUUID();
      ids.add(id);
      jobs.add(job().id(id).channel(channel).ordered());
    }
    assertThat(calls.send(connection, jobs)).isEmpty();
    expected.addAll(ids);
    ordered.add(ids);
    return ids;
  }

  private static JobRequest job() {
    return JobRequest.of("job");
  }

  private void expect(UUID id) {
    expected.add(id);
  }

  private void die(UUID id) {
    dead.add(id);
    expected.add(id);
  }

  /** Senders of this version, which do not care what else happens to the schema. */
  void startSenders() throws SQLException {
    for (int i = 0; i < 2; i++) {
      Connection connection = session();
      String name = "sender-" + i;
      Thread thread = new Thread(() -> send(connection, name), name);
      senders.add(thread);
      thread.start();
    }
  }

  private void send(Connection connection, String name) {
    List<UUID> all = new ArrayList<>();
    try {
      while (sending) {
        expect(calls.send(connection, job()));
        expect(calls.send(connection, job().uniqueKey(UUID.randomUUID().toString())));
        all.addAll(sendInOrder(connection, name, 2));
        if (version >= COMMITS) {
          UUID id = calls.reserve(connection, job(), LONG);
          assertThat(calls.commit(connection, id)).isOne();
          expect(id);
        }
      }
    } catch (SQLException | RuntimeException | AssertionError e) {
      failures.add(e);
    }
    ordered.add(all);
  }

  void awaitMoreSends(int count) {
    int before = expected.size();
    await().atMost(60, SECONDS).until(() -> expected.size() >= before + count);
  }

  void stopSenders() throws InterruptedException {
    sending = false;
    for (Thread sender : senders) {
      sender.join(60_000);
      assertThat(sender.isAlive()).as(sender.getName() + " hangs").isFalse();
    }
    assertThat(failures).isEmpty();
  }

  /** What people and senders do with the new version, so that everything can run, and at once. */
  void decide(JobQueue queue) throws SQLException {
    for (UUID id : reserved) {
      assertThat(queue.commit(id)).isTrue();
      expect(id);
    }
    assertThat(queue.deadLetters().redrive(dead)).isEqualTo(new HashSet<>(dead));
    queue.channels().resume("paused");
    execute(
        session,
        "update mq_delayed set run_at = mq_now() where job_id <> all (array(select id from mq_jobs where reserved_until is not null))");
  }

  /** Of jobs that have run, in the order of their effects. */
  void check(List<String> effects) {
    List<UUID> ran = effects.stream().map(UUID::fromString).toList();
    assertThat(ran).containsExactlyInAnyOrderElementsOf(expected);
    for (List<UUID> channel : ordered) {
      assertThat(channel.stream().map(ran::indexOf).toList()).isSorted();
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
