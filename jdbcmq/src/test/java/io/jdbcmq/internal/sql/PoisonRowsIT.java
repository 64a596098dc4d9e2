package io.jdbcmq.internal.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.testing.Calls;
import io.jdbcmq.testing.TestClock;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A row that the tables accept, however odd, stops no call for the other jobs. */
class PoisonRowsIT {
  private static final JobRequest JOB =
      JobRequest.of("job").retry(RetryPolicy.of(3, Duration.ofSeconds(1)));
  private static final String CHECK_VIOLATION = "23514";

  @RegisterExtension final TestSchema db = new TestSchema();

  private Calls calls;
  private TestClock clock;
  private Connection session;

  @BeforeEach
  void prepare() throws SQLException {
    calls = new Calls(db.schema());
    clock = new TestClock(db);
    session = db.session();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "retries = 0",
        "retries = 10000, attempt = 10001, backoff_ms = 2073600000, jitter = 1",
        "retries = 10000, attempt = 10000, backoff_ms = 2073600000, jitter = 1",
        "retries = 10000, attempt = 62, backoff_ms = 2073600000, max_backoff_ms = 3153600000000",
        "retries = 10000, attempt = 64, backoff_ms = 0, max_backoff_ms = 0, jitter = 0",
        "token = 2147483640",
        "unknown_count = 1000001",
        "unknown_count = 1",
        "priority = 32767",
        "priority = -32768",
        "timeout_ms = 3153600000000",
        "created_at = '294276-12-31'",
        "created_at = '4713-01-01 BC'",
        "headers = '{}'",
        "headers = '[5:6]={a,b}'",
        "headers = '{a,1,a,2}'",
        "headers = array_fill(''::text, array[128])",
        "headers = array[repeat('k', 16000), repeat('v', 16000)]",
        "payload_json = '\"\\u0000\"'",
        "payload_json = '{\"a\": 1, \"a\": 2}'",
        "payload_json = '123456789e123456789'",
        "payload_json = (repeat('[', 3000) || repeat(']', 3000))::json",
        "payload_json = ('\"' || repeat('x', 1048574) || '\"')::json",
        "payload_bytes = ''",
        "payload_bytes = convert_to(repeat('x', 1048576), 'UTF8')",
        "channel_name = '\"', channel_args = '''', job_name = '\\'",
        "channel_name = ' ', channel_args = E'\\n', job_name = E'\\t'",
        "channel_name = repeat(U&'\\+01F600', 250), job_name = repeat(U&'\\+01F600', 125)",
        "channel_name = (select substr(string_agg(md5(n::text), ''), 1, 1000)"
            + " from generate_series(1, 32) as n),"
            + " channel_args = (select substr(string_agg(md5(n::text), ''), 1, 1000)"
            + " from generate_series(100, 132) as n)"
      })
  void anAcceptedRowStopsNothing(String oddity) throws Exception {
    playAllCallsWith(oddity);
  }

  @Test
  void aRowBeyondTheLimitsIsRefused() throws Exception {
    UUID id = calls.send(session, JOB);
    for (String oddity :
        List.of(
            "retries = -1",
            "retries = 10001",
            "attempt = 0",
            "attempt = -2147483648",
            "attempt = 10002",
            "token = 0",
            "token = -2147483648",
            "unknown_count = 0",
            "unknown_count = -2147483648",
            "unknown_count = 1000002",
            "backoff_ms = -1",
            "backoff_ms = 2073600001",
            "max_backoff_ms = -1",
            "max_backoff_ms = 3153600000001",
            "timeout_ms = 0",
            "timeout_ms = 3153600000001",
            "created_at = 'infinity'",
            "created_at = '-infinity'",
            "run_at = 'infinity'",
            "run_at = '-infinity'",
            "unique_key = ''",
            "unique_key = repeat('x', 1001)",
            "blocks = true",
            "jitter = -0.001",
            "jitter = 1.001",
            "jitter = 'NaN'",
            "channel_name = ''",
            "channel_name = repeat('x', 1001)",
            "channel_name = repeat(U&'\\+01F600', 251)",
            "channel_args = repeat('x', 1001)",
            "job_name = ''",
            "job_name = repeat('x', 501)",
            "headers = '{a}'",
            "headers = '{a,b,c}'",
            "headers = '{{a,b},{c,d}}'",
            "headers = '{a,null}'",
            "headers = '{null,a}'",
            "headers = array_fill(''::text, array[130])",
            "headers = array[repeat('k', 16500), repeat('v', 16500)]",
            "payload_json = ('\"' || repeat('x', 1048575) || '\"')::json",
            "payload_json = ('\"' || repeat(U&'\\+01F600', 262144) || '\"')::json",
            "payload_bytes = convert_to(repeat('x', 1048577), 'UTF8')")) {
      assertThatThrownBy(() -> db.execute("update mq_jobs set %s".formatted(oddity)))
          .as(oddity)
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo(CHECK_VIOLATION));
    }
    assertThat(calls.state(session, id)).isEqualTo("ready 1");
  }

  /** The job that can be put back no more dies instead. */
  @Test
  void aRunWithTheLastTokenOfAllDiesWhenItFails() throws Exception {
    RunKey run = calls.running(session, JOB);
    db.execute("update mq_jobs set token = 2147483647");
    db.execute("update mq_claims set tokens = '{2147483647}'");
    clock.advance(Calls.LEASE);
    RunKey other = new RunKey(calls.send(session, JOB), 1);

    assertThat(calls.rescue(session)).hasSize(1);
    assertThat(calls.state(session, run.id())).isEqualTo("dead 1");
    assertThat(calls.claim(session, calls.runner(session), 9))
        .extracting(RunKey::id)
        .containsExactly(other.id());
  }

  /**
   * More of them than one claim promotes. Infinite times are refused: they cannot be subtracted.
   */
  @ParameterizedTest
  @CsvSource({"294276-12-31, 0", "4713-01-01 BC, 150"})
  void theFarthestTimesStopNothing(String runAt, int due) throws Exception {
    for (int i = 0; i < 150; i++) {
      calls.send(session, JOB.delay(Duration.ofDays(1)));
    }
    db.execute("update mq_delayed set run_at = '%s'".formatted(runAt));
    UUID runner = calls.runner(session);
    UUID job = calls.send(session, JOB);

    ClaimAnswer first = calls.poll(session, runner, 1);
    assertThat(first.jobs()).extracting(each -> each.key().id()).containsExactly(job);
    assertThat(first.nextDue())
        .hasValueSatisfying(next -> assertThat(next.isZero()).isEqualTo(due > 0));
    assertThat(calls.claim(session, runner, 250)).hasSize(due);
    for (String id : db.query("select job_id from mq_delayed limit 1")) {
      assertThat(calls.state(session, UUID.fromString(id))).isEqualTo("delayed 1");
    }
  }

  @Test
  void theLongestHostNameStopsNoRescue() throws Exception {
    RunKey run = calls.running(session, JOB);
    db.execute("update mq_runners set host = repeat('h', 1000), version = repeat('v', 1000000)");
    RunKey other = calls.running(session, JOB);
    clock.advance(Calls.LEASE);

    assertThat(calls.rescue(session))
        .extracting(LeaseCalls.Rescued::jobId)
        .containsExactlyInAnyOrder(run.id(), other.id());
  }

  @Test
  void aReservedRowWithoutAJobIsForgotten() throws Exception {
    db.execute(
        "insert into mq_delayed (job_id, run_at, reserved) values (gen_random_uuid(), now(), true)");
    calls.claim(session, calls.runner(session), 1);
    assertThat(db.count("mq_delayed")).isZero();
  }

  /** Of two runs of one job, only the current one counts. */
  @Test
  void aStaleRunBesideTheCurrentOneStopsNoSnooze() throws Exception {
    RunKey run = calls.running(session, JOB);
    db.execute(
        "select mq_snooze_v1(array['%1$s', '%1$s']::uuid[], array[%2$d, %3$d], array[1, 60000], null)"
            .formatted(run.id(), run.token() + 7, run.token()));
    assertThat(calls.state(session, run.id())).isEqualTo("delayed 1");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aStaleRunBesideTheCurrentOneIsHandedBackOnce(boolean unknown) throws Exception {
    RunKey stale = calls.running(session, JOB);
    calls.handBack(session, stale);
    RunKey run = calls.claim(session, calls.runner(session), 1).get(0);

    assertThat(
            unknown
                ? calls.handBackUnknown(session, stale, run)
                : calls.handBack(session, stale, run))
        .containsExactly(run.id());
    assertThat(db.count("mq_ready") + db.count("mq_delayed")).isOne();
    clock.advance(Duration.ofSeconds(1));
    assertThat(calls.claim(session, calls.runner(session), 10))
        .containsExactly(new RunKey(run.id(), run.token() + 1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mq_complete_v1(%s, null)",
        "mq_fail_v1(%s, array['one', 'other'], array[false, false], null)",
        "mq_fail_v1(%s, array['one', 'other'], array[false, true], null)",
        "mq_hand_back_v1(%s, false, null)",
        "mq_hand_back_v1(%s, true, null)",
        "mq_snooze_v1(%s, array[1, 60000], null)"
      })
  void aRunThatIsGivenTwiceIsSettledOnce(String call) throws Exception {
    RunKey run = calls.running(session, JOB);
    String twice =
        "array['%1$s', '%1$s']::uuid[], array[%2$d, %2$d]".formatted(run.id(), run.token());

    assertThat(db.query("select * from " + call.formatted(twice))).hasSizeLessThan(2);
    assertThat(calls.lost(session, run)).containsExactly(run.id());
    assertThat(db.query("select * from mq_resolve_v1(%s)".formatted(twice))).isEmpty();
  }

  /** A row that belongs to no job any more, as somebody's repair by hand may leave it. */
  @Test
  void rowsWithoutAJobStopNothing() throws Exception {
    RunKey lost = calls.running(session, JOB);
    calls.send(session, JOB);
    calls.send(session, JOB.delay(Duration.ofSeconds(1)));
    UUID job = calls.send(session, JOB.priority(1));
    db.execute("delete from mq_jobs where id not in ('%s', '%s')".formatted(job, lost.id()));
    clock.advance(Calls.LEASE);

    UUID runner = calls.runner(session);
    assertThat(calls.claim(session, runner, 10)).extracting(RunKey::id).containsExactly(job);
    assertThat(calls.rescue(session)).hasSize(1);
    assertThat(calls.clear(session)).isEqualTo(2);
  }

  /** Each call meets an odd job and a plain one. */
  private void playAllCallsWith(String oddity) throws SQLException {
    UUID lostRunner = calls.runner(session);
    Set<UUID> lost = Set.of(calls.send(session, JOB), odd(oddity));
    assertThat(calls.claim(session, lostRunner, 10)).hasSize(2);
    clock.advance(Calls.LEASE);
    assertThat(calls.rescue(session))
        .extracting(LeaseCalls.Rescued::jobId)
        .containsExactlyInAnyOrderElementsOf(lost);

    UUID runner = calls.runner(session);
    Set<UUID> sent = Set.of(calls.send(session, JOB.channel("plain")), odd(oddity));
    List<RunKey> runs = calls.claim(session, runner, 10);
    assertThat(runs).extracting(RunKey::id).containsAll(sent);

    RunKey[] all = runs.toArray(RunKey[]::new);
    assertThat(calls.handBack(session, all)).containsAll(sent);
    all = calls.claim(session, runner, 10).toArray(RunKey[]::new);
    assertThat(calls.handBackUnknown(session, all)).containsAll(sent);
    clock.advance(Duration.ofMinutes(1));
    runner = calls.runner(session);
    all = calls.claim(session, runner, 10).toArray(RunKey[]::new);
    assertThat(calls.fail(session, all)).containsAll(sent);
    for (UUID id : sent) {
      assertThat(calls.state(session, id)).matches("(delayed|dead) \\d+");
    }
    List<UUID> dead = db.query("select id from mq_dead").stream().map(UUID::fromString).toList();
    assertThat(calls.redrive(session, dead.toArray(UUID[]::new))).hasSize(dead.size());
    db.execute("update mq_delayed set run_at = '4713-01-01 BC'");
    clock.advance(Duration.ofSeconds(1));
    List<RunKey> last = calls.claim(session, calls.runner(session), 10);
    assertThat(last).extracting(RunKey::id).containsAll(sent);
    assertThat(calls.complete(session, last.get(0))).isEmpty();
    assertThat(calls.clear(session)).isEqualTo(last.size() - 1);
  }

  /** A ready job with this oddity. */
  private UUID odd(String oddity) throws SQLException {
    UUID id = UuidV7.next();
    calls.send(session, List.of(JOB.id(id)));
    db.execute("update mq_jobs set %s where id = '%s'".formatted(oddity, id));
    db.execute(
        """
        update mq_ready
        set token = job.token, priority = job.priority, channel_name = job.channel_name,
            channel_args = job.channel_args
        from mq_jobs as job
        where job.id = job_id and job.id = '%s'
        """
            .formatted(id));
    return id;
  }
}
