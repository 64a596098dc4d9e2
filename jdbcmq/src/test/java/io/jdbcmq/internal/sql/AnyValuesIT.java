package io.jdbcmq.internal.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.job.Channel;
import io.jdbcmq.job.Checkpoint;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.PayloadException;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.testing.Audit;
import io.jdbcmq.testing.Calls;
import io.jdbcmq.testing.TestSchema;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Whatever texts and numbers are given: they are refused before anything is written, or arrive as
 * they were given and stop no other job.
 */
class AnyValuesIT {
  private static final JobRequest PLAIN = JobRequest.of("plain").channel("plain");

  private static TestSchema db;
  private static Calls calls;
  private static Connection session;
  private static UUID runner;
  private static int accepted;
  private static int refused;
  private static int looks;

  @BeforeContainer
  static void prepare() throws Exception {
    db = TestSchema.open();
    calls = new Calls(db.schema());
    session = db.session();
    runner = calls.runner(session);
  }

  @AfterContainer
  static void clean() throws Exception {
    assertThat(accepted).as("values that were accepted").isGreaterThan(100);
    assertThat(refused).as("values that were refused").isGreaterThan(100);
    db.close();
  }

  // Java.

  @Property(tries = 120, shrinking = ShrinkingMode.FULL)
  void texts(
      @ForAll("text") String name,
      @ForAll("text") String channel,
      @ForAll("text") String args,
      @ForAll("keys") Optional<String> key,
      @ForAll("headers") Map<String, String> headers)
      throws Exception {
    arrives(
        request -> {
          JobRequest named = JobRequest.of(name).channel(channel, args);
          named = key.isPresent() ? named.uniqueKey(key.get()) : named;
          for (Map.Entry<String, String> header : headers.entrySet()) {
            named = named.header(header.getKey(), header.getValue());
          }
          return named;
        });
  }

  @Property(tries = 120, shrinking = ShrinkingMode.FULL)
  void payloads(@ForAll("json") String json, @ForAll("bytes") Optional<byte[]> bytes)
      throws Exception {
    arrives(
        request -> bytes.isPresent() ? request.json(json).bytes(bytes.get()) : request.json(json));
  }

  @Property(tries = 120, shrinking = ShrinkingMode.FULL)
  void numbers(
      @ForAll("numbers") int priority,
      @ForAll("numbers") int retries,
      @ForAll("durations") Duration backoff,
      @ForAll("durations") Duration maxBackoff,
      @ForAll("shares") double jitter,
      @ForAll("durations") Duration timeout,
      @ForAll("delays") Duration delay)
      throws Exception {
    arrives(
        request ->
            request
                .priority(priority)
                .retry(new RetryPolicy(retries, backoff, maxBackoff, jitter))
                .timeout(timeout)
                .delay(delay));
  }

  /** One at a time, so that not all of them are refused because of a single one. */
  @Property(tries = 120, shrinking = ShrinkingMode.FULL)
  void oneNumber(@ForAll("oneNumber") UnaryOperator<JobRequest> change) throws Exception {
    arrives(change);
  }

  @Property(tries = 100)
  void settingsOfRunnersAndLimits(
      @ForAll("numbers") int number,
      @ForAll("numbers") int other,
      @ForAll("durations") Duration time) {
    JobQueue queue = db.queue();
    JobRegistry jobs = JobRegistry.builder().handle("job", job -> {}).build();
    UUID id = new UUID(0, 1);
    for (Runnable call :
        List.<Runnable>of(
            () -> queue.runner(jobs).concurrency(number, other),
            () -> queue.runner(jobs).lease(time),
            () -> queue.runner(jobs).pollInterval(time),
            () -> queue.runner(jobs).shutdownTimeout(time),
            () -> JobQueue.builder(db.pool()).gatherSends(number),
            () -> queue.deadLetters().list(number),
            () -> queue.channels().blocked(number),
            () -> queue.reserve(List.of(), time),
            () -> assertThat(queue.extend(id, time)).isFalse(),
            () -> Checkpoint.extraRetries(number),
            () -> Checkpoint.keepAlive(time))) {
      Throwable thrown = catchThrowable(call::run);
      if (thrown != null) {
        assertThat(thrown).isInstanceOf(IllegalArgumentException.class).message().isNotBlank();
      }
    }
  }

  @Property(tries = 1000)
  void namesOfSchemas(@ForAll("schemaNames") String name) {
    Throwable thrown = catchThrowable(() -> JobQueue.builder(db.pool()).schema(name));
    if (thrown == null) {
      assertThat(name).matches("[a-z_][a-z0-9_]*").hasSizeLessThanOrEqualTo(41);
      assertThat(new Schema(name).quoted()).isEqualTo("\"" + name + "\"");
    } else {
      assertThat(thrown)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("schema");
    }
  }

  // SQL.

  @Property(tries = 120, shrinking = ShrinkingMode.FULL)
  void textsFromSql(
      @ForAll("text") String name,
      @ForAll("text") String channel,
      @ForAll("text") String args,
      @ForAll("json") String json)
      throws Exception {
    long before = db.count("mq_jobs");
    try (PreparedStatement statement =
        session.prepareStatement(
            "select mq_send(?, ?::json, p_channel_name => ?, p_channel_args => ?)")) {
      statement.setString(1, name);
      statement.setString(2, json);
      statement.setString(3, channel);
      statement.setString(4, args);
      UUID id;
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        id = rows.getObject(1, UUID.class);
      } catch (SQLException e) {
        refused++;
        assertThat(db.count("mq_jobs")).isEqualTo(before);
        return;
      }
      accepted++;
      ClaimedJob job = claimBesideAPlainOne(id);
      assertThat(job.jobName()).isEqualTo(sent(name));
      assertThat(job.channel()).isEqualTo(new Channel(sent(channel), sent(args)));
      assertThat(job.json()).contains(sent(json));
    }
  }

  /** What the driver makes of halves of surrogate pairs. */
  private static String sent(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }

  // How it is checked.

  private static void arrives(UnaryOperator<JobRequest> values) throws Exception {
    long before = db.count("mq_jobs");
    JobRequest[] request = new JobRequest[1];
    UUID id = UUID.randomUUID();
    Throwable thrown =
        catchThrowable(
            () -> {
              request[0] = values.apply(JobRequest.of("job")).id(id);
              calls.send(session, List.of(request[0]));
            });
    if (thrown != null) {
      refused++;
      assertThat(thrown)
          .isInstanceOfAny(IllegalArgumentException.class, PayloadException.class)
          .message()
          .isNotBlank();
      assertThat(db.count("mq_jobs")).isEqualTo(before);
      return;
    }
    accepted++;
    arrived(request[0], id);
  }

  private static void arrived(JobRequest request, UUID id) throws Exception {
    if (request.delay().toMillis() > 0) {
      assertThat(calls.state(session, id)).isEqualTo("delayed 1");
      claimBesideAPlainOne(null);
      assertThat(calls.cancel(session, id)).isNotNull();
      return;
    }
    assertThat(
            db.query(
                "select array_to_string(array[priority, retries, backoff_ms, max_backoff_ms], ' ', '-')"
                    + " || ' ' || coalesce(jitter, 0) || ' ' || coalesce(unique_key, '')"
                    + " from mq_jobs where id = '"
                    + id
                    + "'"))
        .containsExactly(
            "%d %d %d %s %s %s"
                .formatted(
                    request.priority(),
                    request.retryPolicy().retries(),
                    request.retryPolicy().backoff().toMillis(),
                    request.retryPolicy().isUnbounded()
                        ? "-"
                        : request.retryPolicy().maxBackoff().toMillis(),
                    real(request.retryPolicy().jitter()),
                    request.uniqueKey().orElse("")));
    assertThat(
            db.query(
                "select payload_json::jsonb is null from mq_jobs where payload_json is not null and id = '"
                    + id
                    + "'"))
        .doesNotContain("t");
    ClaimedJob job = claimBesideAPlainOne(id);
    assertThat(job.jobName()).isEqualTo(request.jobName());
    assertThat(job.channel()).isEqualTo(request.channel());
    assertThat(job.headers()).isEqualTo(request.headers());
    assertThat(job.json()).isEqualTo(request.json());
    assertThat(job.bytes().map(String::new)).isEqualTo(request.bytes().map(String::new));
    assertThat(job.timeout()).isEqualTo(request.timeout().map(AnyValuesIT::wholeMillis));
    assertThat(job.retries()).isEqualTo(request.retryPolicy().retries());
  }

  private static Duration wholeMillis(Duration duration) {
    return Duration.ofMillis(duration.toMillis());
  }

  private static String real(double jitter) throws SQLException {
    return db.query("select coalesce('" + (float) jitter + "'::real, 0)").get(0);
  }

  /** Claims a plain job, and the one with this id if there is one; settles both in all ways. */
  private static ClaimedJob claimBesideAPlainOne(UUID id) throws Exception {
    if (!calls.heartbeat(session, runner)) {
      runner = calls.runner(session);
    }
    UUID plain = calls.send(session, PLAIN);
    List<ClaimedJob> jobs = calls.poll(session, runner, 10).jobs();
    assertThat(jobs)
        .extracting(job -> job.key().id())
        .containsExactlyInAnyOrderElementsOf(
            java.util.stream.Stream.of(id, plain).filter(Objects::nonNull).toList());
    RunKey[] runs = jobs.stream().map(ClaimedJob::key).toArray(RunKey[]::new);
    assertThat(calls.handBack(session, runs)).hasSize(runs.length);
    runs = calls.claim(session, runner, 10).toArray(RunKey[]::new);
    assertThat(runs).hasSize(jobs.size());
    assertThat(calls.fail(session, runs)).hasSize(runs.length);
    calls.clear(session);
    db.execute("delete from mq_dead; delete from mq_errors");
    if (++looks % 20 == 0) {
      assertThat(Audit.findings(db.direct(), db.name())).isEmpty();
    }
    return jobs.stream().filter(job -> job.key().id().equals(id)).findFirst().orElse(jobs.get(0));
  }

  // The values.

  @Provide
  Arbitrary<String> text() {
    return Arbitraries.frequencyOf(
        Tuple.of(6, Arbitraries.strings().all().ofMaxLength(20)),
        Tuple.of(
            4,
            Arbitraries.of(
                "",
                " ",
                "a",
                "'; drop table mq_jobs; --",
                "\"; drop table mq_jobs; --",
                "$$; $1 ${x} %s %n ?::text {} {a,b} \\",
                "{\"a\",NULL}",
                "null",
                "\u0000",
                "a\u0000b",
                "\ud800",
                "\udc00\ud800",
                "\ud83d\ude00".repeat(125),
                "\ud83d\ude00".repeat(250),
                "\ud83d\ude00".repeat(251),
                "\r\n\u001b[2J\u2028\u202e\ufeff\uffff",
                "default",
                "*",
                "mq_1",
                "\u00e9",
                "e\u0301")),
        Tuple.of(2, Arbitraries.of(499, 500, 501, 999, 1000, 1001, 5000).map(n -> "x".repeat(n))));
  }

  @Provide
  Arbitrary<Optional<String>> keys() {
    return text().optional(0.5);
  }

  @Provide
  Arbitrary<Map<String, String>> headers() {
    return Arbitraries.frequencyOf(
        Tuple.of(5, Arbitraries.just(Map.of())),
        Tuple.of(4, Arbitraries.maps(text(), text()).ofMaxSize(3)),
        Tuple.of(
            1,
            Arbitraries.maps(
                    Arbitraries.strings().alpha().ofMinLength(8).ofMaxLength(12),
                    Arbitraries.strings().numeric().ofMaxLength(300))
                .ofMinSize(60)
                .ofMaxSize(70)));
  }

  @Provide
  Arbitrary<String> json() {
    return Arbitraries.frequencyOf(
        Tuple.of(5, wellFormed(3)),
        Tuple.of(3, mutated(wellFormed(3))),
        Tuple.of(
            2,
            Arbitraries.of(1, 100, 499, 500, 501, 100_000)
                .map(depth -> "[".repeat(depth) + "]".repeat(depth))),
        Tuple.of(
            1, Arbitraries.of(1, 500, 501).map(n -> "{\"a\":".repeat(n) + "0" + "}".repeat(n))),
        Tuple.of(
            1,
            Arbitraries.of(
                "",
                "\"\\u0000\"",
                "\"\ud800\"",
                "\"\\ud83d\\ude00\"",
                "\"\\ud83d\ude00\"",
                "1e9999",
                "1e10000",
                "-1e-9999",
                "9".repeat(1000),
                "9".repeat(1001),
                "0." + "0".repeat(998),
                "01",
                "+1",
                "NaN",
                "Infinity",
                "{\"a\":1,\"a\":2}",
                "{\"\":\"\"}",
                "\ufeff1",
                "1 2",
                "\"" + "x".repeat((1 << 20) - 2) + "\"",
                "\"" + "x".repeat((1 << 20) - 1) + "\"")));
  }

  private static Arbitrary<String> wellFormed(int depth) {
    Arbitrary<String> leaf =
        Arbitraries.oneOf(
            Arbitraries.of("null", "true", "false", "0", "-0", "1.5E-3"),
            Arbitraries.bigDecimals().map(number -> number.toString()),
            Arbitraries.strings().all().ofMaxLength(10).map(AnyValuesIT::quoted));
    if (depth == 0) {
      return leaf;
    }
    Arbitrary<String> inner = wellFormed(depth - 1);
    return Arbitraries.oneOf(
        leaf,
        inner.list().ofMaxSize(4).map(items -> "[" + String.join(" ,", items) + "]"),
        Arbitraries.maps(Arbitraries.strings().all().ofMaxLength(5), inner)
            .ofMaxSize(4)
            .map(
                map ->
                    map.entrySet().stream()
                        .map(entry -> quoted(entry.getKey()) + ":" + entry.getValue())
                        .collect(java.util.stream.Collectors.joining(",\n", "{", "}"))));
  }

  private static String quoted(String text) {
    StringBuilder json = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < ' ') {
        json.append("\\u%04x".formatted((int) c));
      } else {
        json.append(c);
      }
    }
    return json.append('"').toString();
  }

  private static Arbitrary<String> mutated(Arbitrary<String> texts) {
    return Combinators.combine(
            texts, Arbitraries.integers().between(0, 1000), Arbitraries.chars().all())
        .as(
            (text, at, c) ->
                text.substring(0, at % (text.length() + 1))
                    + c
                    + text.substring(Math.min(text.length(), at % (text.length() + 1) + 1)));
  }

  @Provide
  Arbitrary<Optional<byte[]>> bytes() {
    return Arbitraries.frequencyOf(
            Tuple.of(5, Arbitraries.bytes().array(byte[].class).ofMaxSize(50)),
            Tuple.of(
                1,
                Arbitraries.of(0, 1 << 20, (1 << 20) + 1)
                    .map(size -> "x".repeat(size).getBytes(StandardCharsets.UTF_8))))
        .map(Optional::of);
  }

  @Provide
  Arbitrary<Integer> numbers() {
    return Arbitraries.frequencyOf(
        Tuple.of(3, Arbitraries.integers().between(0, 100)),
        Tuple.of(1, Arbitraries.integers()),
        Tuple.of(
            1,
            Arbitraries.of(
                -1, 0, 1, 10_000, 10_001, -32_768, -32_769, 32_767, 32_768, Integer.MIN_VALUE)));
  }

  @Provide
  Arbitrary<Duration> durations() {
    return Arbitraries.frequencyOf(
        Tuple.of(3, Arbitraries.integers().between(0, 100_000).map(Duration::ofMillis)),
        Tuple.of(
            2,
            Arbitraries.of(
                Duration.ZERO,
                Duration.ofNanos(1),
                Duration.ofNanos(999_999),
                Duration.ofMillis(1),
                Duration.ofDays(24),
                Duration.ofDays(25),
                Duration.ofDays(36_500),
                Duration.ofDays(36_501),
                Duration.ofDays(365L * 293_000),
                Duration.ofNanos(-1),
                Duration.ofSeconds(Long.MAX_VALUE, 999_999_999),
                Duration.ofSeconds(Long.MIN_VALUE))));
  }

  @Provide
  Arbitrary<Double> shares() {
    return Arbitraries.frequencyOf(
        Tuple.of(3, Arbitraries.doubles().between(0, 1)),
        Tuple.of(
            1,
            Arbitraries.of(
                0.0,
                -0.0,
                1.0,
                1.0000001,
                -0.1,
                Double.NaN,
                Double.MIN_VALUE,
                Double.MAX_VALUE,
                Double.POSITIVE_INFINITY)));
  }

  @Provide
  Arbitrary<UnaryOperator<JobRequest>> oneNumber() {
    return Arbitraries.oneOf(
        numbers().map(number -> request -> request.priority(number)),
        numbers().map(n -> request -> request.retry(RetryPolicy.of(n, Duration.ZERO))),
        durations().map(time -> request -> request.retry(RetryPolicy.of(1, time))),
        durations()
            .map(
                time ->
                    request ->
                        request.retry(RetryPolicy.of(1, Duration.ZERO).withMaxBackoff(time))),
        shares()
            .map(
                share ->
                    request -> request.retry(RetryPolicy.of(1, Duration.ZERO).withJitter(share))),
        durations().map(time -> request -> request.timeout(time)),
        delays().map(time -> request -> request.delay(time)));
  }

  /** None that might end while it is looked at. */
  @Provide
  Arbitrary<Duration> delays() {
    return durations()
        .map(
            time ->
                time.compareTo(Duration.ofMillis(1)) >= 0 && time.compareTo(Duration.ofHours(1)) < 0
                    ? time.plusHours(1)
                    : time);
  }

  @Provide
  Arbitrary<String> schemaNames() {
    return Arbitraries.oneOf(
        text(),
        Arbitraries.strings().withCharRange('a', 'z').withChars('_', '0', '9').ofMaxLength(45),
        Arbitraries.strings().withChars('a', '"', '.', ';', '\'', '$', ' ', 'A').ofMaxLength(10),
        Arbitraries.of("pg_temp", "pg_", "jdbcmq", "public", "x".repeat(41), "x".repeat(42), "1a"));
  }
}
