package io.jdbcmq.internal.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.jdbcmq.internal.sql.LeaseCalls.RunnerInfo;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.testing.Calls;
import io.jdbcmq.testing.TestClock;
import io.jdbcmq.testing.TestSchema;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Exactly as many attempts as the policy says, exactly as late. */
class RetryDelaysIT {
  private static final long LONGEST = Duration.ofDays(36_500).toMillis();
  private static final long LONGEST_BACKOFF = Duration.ofDays(24).toMillis();

  @RegisterExtension final TestSchema db = new TestSchema();

  private Calls calls;
  private Connection connection;
  private UUID runner;
  private TestClock clock;

  @BeforeEach
  void prepare() throws SQLException {
    calls = new Calls(db.schema());
    connection = db.session();
    clock = new TestClock(db);
    runner = calls.runner(connection);
  }

  // Attempts.

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 7})
  void aJobHasOneAttemptMoreThanRetries(int retries) throws Exception {
    UUID id = send(RetryPolicy.of(retries, Duration.ZERO));

    for (int attempt = 1; attempt <= 1 + retries; attempt++) {
      assertThat(calls.state(connection, id)).isEqualTo("%s %d", waiting(attempt), attempt);
      assertThat(fail(id)).isEqualTo(attempt);
    }

    assertThat(calls.state(connection, id)).isEqualTo("dead %d", 1 + retries);
    assertThat(calls.claim(connection, runner, 1)).isEmpty();
    assertThat(db.query("select attempt from mq_errors order by token"))
        .containsExactlyElementsOf(
            IntStream.rangeClosed(1, 1 + retries).mapToObj(String::valueOf).toList());
  }

  @Test
  void theLastOfVeryManyAttemptsIsTheLast() throws Exception {
    UUID id = send(RetryPolicy.of(10_000, Duration.ZERO));
    db.execute("update mq_jobs set attempt = 9999, token = 9999");
    db.execute("update mq_ready set token = 9999");

    assertThat(fail(id)).isEqualTo(9_999);
    assertThat(fail(id)).isEqualTo(10_000);
    assertThat(fail(id)).isEqualTo(10_001);

    assertThat(calls.state(connection, id)).isEqualTo("dead 10001");
  }

  @Test
  void aRedrivenJobHasAllItsAttemptsAndDelaysAgain() throws Exception {
    UUID id = send(RetryPolicy.of(2, Duration.ofSeconds(1)));
    assertThat(delays(id, 2)).containsExactly(1000L, 2000L);
    fail(id);
    assertThat(calls.redrive(connection, id)).containsExactly(id);

    assertThat(delays(id, 2)).containsExactly(1000L, 2000L);
    assertThat(fail(id)).isEqualTo(3);
    assertThat(calls.state(connection, id)).isEqualTo("dead 3");
  }

  // Delays.

  @Test
  void delaysDouble() throws Exception {
    UUID id = send(RetryPolicy.of(8, Duration.ofMillis(150)));

    assertThat(delays(id, 8))
        .containsExactly(150L, 300L, 600L, 1200L, 2400L, 4800L, 9600L, 19_200L);
  }

  @Test
  void delaysGrowUpToTheMaximum() throws Exception {
    UUID id = send(RetryPolicy.of(6, Duration.ofSeconds(3)).withMaxBackoff(Duration.ofSeconds(20)));

    assertThat(delays(id, 6)).containsExactly(3000L, 6000L, 12_000L, 20_000L, 20_000L, 20_000L);
  }

  @Test
  void aMaximumBelowTheBackoffWins() throws Exception {
    UUID id = send(RetryPolicy.of(2, Duration.ofSeconds(3)).withMaxBackoff(Duration.ofSeconds(1)));

    assertThat(delays(id, 2)).containsExactly(1000L, 1000L);
  }

  @Test
  void aJobIsNotClaimedBeforeItsDelayIsOver() throws Exception {
    UUID id = send(RetryPolicy.of(1, Duration.ofHours(1)));
    fail(id);

    assertThat(calls.poll(connection, runner, 1).nextDue().orElseThrow())
        .isBetween(Duration.ofMinutes(59), Duration.ofHours(1));
    clock.advance(Duration.ofMinutes(59));
    runner = calls.runner(connection);
    assertThat(calls.claim(connection, runner, 1)).isEmpty();
    clock.advance(Duration.ofMinutes(1));
    runner = calls.runner(connection);
    assertThat(calls.claim(connection, runner, 1)).extracting(RunKey::id).containsExactly(id);
  }

  /** For any policy, against exact arithmetic. */
  @Test
  void delaysAreThoseOfTheFormula() throws Exception {
    Random random = new Random(5);
    List<Failure> failures = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      failures.add(
          new Failure(
              UUID.randomUUID(),
              1 + random.nextInt(1 << random.nextInt(14)) % 10_001,
              (int) spread(random, LONGEST_BACKOFF),
              random.nextInt(4) == 0 ? null : spread(random, LONGEST),
              random.nextBoolean() ? null : 0f));
    }

    List<Long> delays = delays(failures);

    for (int i = 0; i < delays.size(); i++) {
      assertThat(delays.get(i)).as(failures.get(i).toString()).isEqualTo(failures.get(i).delay());
    }
  }

  // Jitter.

  @ParameterizedTest
  @ValueSource(floats = {0.01f, 0.25f, 0.5f, 1})
  void jitterMakesDelaysShorterAndLongerWithinItsShare(float jitter) throws Exception {
    List<Failure> failures =
        IntStream.range(0, 4_000)
            .mapToObj(i -> new Failure(UUID.randomUUID(), 1 + i % 4, 1_000_000, null, jitter))
            .toList();

    List<Long> delays = delays(failures);

    double sum = 0;
    double least = 1;
    double most = -1;
    for (int i = 0; i < delays.size(); i++) {
      double draw = ((double) delays.get(i) / failures.get(i).delay() - 1) / jitter;
      sum += draw;
      least = Math.min(least, draw);
      most = Math.max(most, draw);
    }
    assertThat(least).isCloseTo(-1, within(0.01)).isGreaterThanOrEqualTo(-1.0001);
    assertThat(most).isCloseTo(1, within(0.01)).isLessThanOrEqualTo(1.0001);
    assertThat(sum / delays.size()).isCloseTo(0, within(0.05));
  }

  @Test
  void jitterIsDrawnFromTheJobAndTheAttempt() throws Exception {
    UUID id = UUID.randomUUID();
    List<Failure> attempts =
        IntStream.rangeClosed(1, 100)
            .mapToObj(attempt -> new Failure(id, attempt, 1_000_000, 1_000_000L, 0.5f))
            .toList();
    List<Failure> jobs =
        IntStream.range(0, 100)
            .mapToObj(i -> new Failure(UUID.randomUUID(), 1, 1_000_000, null, 0.5f))
            .toList();

    assertThat(delays(attempts)).isEqualTo(delays(attempts)).doesNotHaveDuplicates();
    assertThat(delays(jobs)).isEqualTo(delays(jobs)).doesNotHaveDuplicates();
  }

  @Test
  void jobsThatFailTogetherDoNotComeBackTogether() throws Exception {
    RetryPolicy policy = RetryPolicy.of(1, Duration.ofHours(1)).withJitter(0.5);
    for (int i = 0; i < 50; i++) {
      send(policy);
    }
    List<RunKey> runs = calls.claim(connection, runner, 50);
    calls.fail(connection, runs.toArray(RunKey[]::new));

    assertThat(db.query("select distinct run_at from mq_delayed")).hasSize(50);
  }

  // Every job that can be stored can also fail.

  @Test
  void noJobMakesFailingOrRescuingOrClaimingRaise() throws Exception {
    db.execute(
        """
        insert into mq_jobs (
          id, created_at, attempt, token, retries, backoff_ms, max_backoff_ms, jitter, channel_name, job_name)
        select gen_random_uuid(), mq_now(), attempt, attempt, retries, backoff_ms, max_backoff_ms, jitter, 'c', 'job'
        from unnest(array[1, 2, 31, 32, 62, 63, 64, 65, 1023, 1024, 10000, 10001]) as attempt
        cross join unnest(array[0, 10000]) as retries
        cross join unnest(array[0, 1, 2073600000]) as backoff_ms
        cross join unnest(array[null, 0, 1, 3153600000000]) as max_backoff_ms
        cross join unnest(array[null, 0, 1e-30, 1]::real[]) as jitter
        where attempt <= retries + 1
        """);
    long jobs = db.count("mq_jobs");
    assertThat(jobs).isEqualTo((12 + 1) * 3 * 4 * 4);
    db.query("select mq_put_ready(array_agg(id), true) from mq_jobs");

    // One half fails, the other one is rescued.
    List<RunKey> failing = calls.claim(connection, runner, 250);
    UUID lost = calls.runner(connection);
    long held = failing.size();
    for (int got = 250; got > 0; held += got) {
      got = calls.claim(connection, lost, 250).size();
    }
    assertThat(held).isEqualTo(jobs);
    assertThat(calls.fail(connection, failing.toArray(RunKey[]::new))).hasSize(250);
    calls.retire(connection, lost);
    assertThat(calls.rescue(connection)).hasSize((int) jobs - 250);

    assertThat(db.count("mq_errors")).isEqualTo(jobs);
    assertThat(
            db.query(
                """
                select failure.attempt, run_at - failed_at
                from mq_delayed as delayed
                join mq_errors as failure using (job_id)
                where run_at - failed_at not between interval '0' and interval '36500 days'
                """))
        .isEmpty();

    // And all of them come back.
    clock.advance(Duration.ofDays(36_501));
    long waiting = db.count("mq_delayed");
    UUID later = calls.runner(connection);
    long claimed = 0;
    for (int got = 250; got > 0; claimed += got) {
      got = calls.claim(connection, later, 250).size();
    }
    assertThat(claimed).isEqualTo(waiting).isGreaterThan(300);
  }

  @ParameterizedTest
  @CsvSource({
    "backoff_ms = -1, backoff_ms must be from 0",
    "backoff_ms = 2073600001, backoff_ms must be from 0",
    "max_backoff_ms = -1, max_backoff_ms must be from 0",
    "max_backoff_ms = 3153600000001, max_backoff_ms must be from 0",
    "jitter = -0.01, jitter must be from 0 to 1",
    "jitter = 1.01, jitter must be from 0 to 1",
    "jitter = 'NaN', jitter must be from 0 to 1",
    "retries = -1, retries must be from 0 to 10000",
    "retries = 10001, retries must be from 0 to 10000",
    "attempt = 0, attempt must be from 1 to 10001",
    "attempt = -2147483648, attempt must be from 1 to 10001",
    "attempt = 10002, attempt must be from 1 to 10001"
  })
  void aJobThatCouldNotFailIsNotStored(String change, String message) throws Exception {
    send(RetryPolicy.standard());

    assertThatThrownBy(() -> db.execute("update mq_jobs set " + change))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining(message);
  }

  @Test
  void aJobThatIsNeverDueIsRefused() throws Exception {
    assertThatThrownBy(
            () ->
                db.query(
                    """
                    select mq_send_v1(
                      array[gen_random_uuid()], false, array['c'], array[''], array['job'], array[0::smallint],
                      array[0::smallint], array[0], null, null, null, null, array['infinity'::timestamptz],
                      null, null, null, null, null, null, null)
                    """))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("run_at must be finite");

    assertThat(calls.claim(connection, runner, 1)).isEmpty();
  }

  /** Its host is part of the error of each rescued job, which has a limit. */
  @Test
  void aRunnerWhoseJobsCouldNotBeRescuedIsRefused() throws Exception {
    LeaseCalls lease = new LeaseCalls(db.schema());
    RunnerInfo tooLong = new RunnerInfo(1, "h".repeat(70_000), "test", List.of());

    assertThatThrownBy(() -> lease.register(connection, UuidV7.next(), Calls.LEASE, tooLong))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("mq_runners_host_length");

    UUID longest = UuidV7.next();
    lease.register(
        connection, longest, Calls.LEASE, new RunnerInfo(1, "h".repeat(1_000), "t", List.of()));
    UUID id = send(RetryPolicy.standard());
    assertThat(calls.claim(connection, longest, 1)).hasSize(1);
    clock.advance(Calls.LEASE.plusMillis(1));
    assertThat(calls.rescue(connection)).extracting(rescued -> rescued.jobId()).containsExactly(id);
  }

  private UUID send(RetryPolicy policy) throws SQLException {
    return calls.send(connection, JobRequest.of("job").retry(policy));
  }

  private static String waiting(int attempt) {
    return attempt == 1 ? "ready" : "delayed";
  }

  /** Claims the job and fails it; returns which attempt that was. */
  private int fail(UUID id) throws SQLException {
    List<ClaimedJob> claimed = calls.poll(connection, runner, 1).jobs();
    assertThat(claimed).extracting(job -> job.key().id()).containsExactly(id);
    assertThat(calls.fail(connection, claimed.get(0).key())).containsExactly(id);
    return claimed.get(0).attempt();
  }

  /** Fails the job so often, each time when it is due, and returns the delays. */
  private List<Long> delays(UUID id, int failures) throws SQLException {
    List<Long> delays = new ArrayList<>();
    for (int i = 0; i < failures; i++) {
      fail(id);
      delays.add(
          Long.valueOf(
              db.query(
                      """
                      select (extract(epoch from delayed.run_at - failure.failed_at) * 1000)::bigint
                      from mq_delayed as delayed
                      join mq_errors as failure using (job_id)
                      order by failure.token desc
                      """)
                  .get(0)));
      clock.advance(Duration.ofMillis(delays.get(i)));
      runner = calls.runner(connection);
    }
    return delays;
  }

  /** The delays after these failures, as the database computes them. */
  private List<Long> delays(List<Failure> failures) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            select mq_retry_delay_ms(id, attempt, backoff_ms, max_backoff_ms, jitter)
            from unnest(?, ?, ?, ?, ?) with ordinality
              as failure (id, attempt, backoff_ms, max_backoff_ms, jitter, position)
            order by position
            """)) {
      bind(statement, 1, "uuid", failures.stream().map(Failure::id).toArray());
      bind(statement, 2, "int4", failures.stream().map(Failure::attempt).toArray());
      bind(statement, 3, "int4", failures.stream().map(Failure::backoff).toArray());
      bind(statement, 4, "int8", failures.stream().map(Failure::maxBackoff).toArray());
      bind(statement, 5, "float4", failures.stream().map(Failure::jitter).toArray());
      try (ResultSet rows = statement.executeQuery()) {
        List<Long> delays = new ArrayList<>();
        while (rows.next()) {
          delays.add(rows.getLong(1));
        }
        return delays;
      }
    }
  }

  private void bind(PreparedStatement statement, int position, String type, Object[] values)
      throws SQLException {
    statement.setArray(position, connection.createArrayOf(type, values));
  }

  /** From 0 to a limit, small values as often as large ones. */
  private static long spread(Random random, long limit) {
    return switch (random.nextInt(8)) {
      case 0 -> 0;
      case 1 -> limit;
      default -> (random.nextLong() >>> 1 >>> random.nextInt(62)) % (limit + 1);
    };
  }

  /** A failed attempt of a job with such a policy. */
  private record Failure(UUID id, int attempt, int backoff, Long maxBackoff, Float jitter) {
    /** Its delay before jitter, in milliseconds. */
    long delay() {
      return BigInteger.valueOf(backoff)
          .shiftLeft(attempt - 1)
          .min(BigInteger.valueOf(maxBackoff == null ? LONGEST : maxBackoff))
          .longValueExact();
    }
  }
}
