package io.jdbcmq.internal.sql;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toSet;
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
import java.nio.ByteBuffer;
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
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/**
 * Whatever texts and numbers are given: they are refused before anything is written, or arrive as
 * they were given and stop no other job.
 */
class AnyValuesIT {
  private static final String WRONG_VALUE = "22023";
  private static final String NUL = "22021";
  private static final long LONGEST_MS = Duration.ofDays(36_500).toMillis();
  private static final long HOUR_US = Duration.ofHours(1).toMillis() * 1000;
  private static final JobRegistry JOBS = JobRegistry.builder().handle("job", job -> {}).build();
  private static final JobRequest PLAIN = JobRequest.of("plain").channel("plain");

  private static TestSchema db;
  private static Calls calls;
  private static Connection session;
  private static UUID runner;
  private static int accepted;
  private static int refused;
  private static int looks;
  private static final Set<String> combinations = new TreeSet<>();

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
    assertThat(combinations).as("JSON and bytes").hasSize(4);
    db.close();
  }

  // Java.

  @Property(tries = 120)
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

  @Property(tries = 120)
  void payloads(
      @ForAll("jsonOrNone") Optional<String> json, @ForAll("bytes") Optional<byte[]> bytes)
      throws Exception {
    arrives(
        request -> {
          JobRequest filled = json.isPresent() ? request.json(json.get()) : request;
          return bytes.isPresent() ? filled.bytes(bytes.get()) : filled;
        });
    combinations.add(json.isPresent() + " " + bytes.isPresent());
  }

  @Property(tries = 120)
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
  @Property(tries = 120)
  void oneNumber(@ForAll("oneNumber") UnaryOperator<JobRequest> change) throws Exception {
    arrives(change);
  }

  @Property(tries = 100)
  void settingsOfRunnersAndLimits(
      @ForAll("numbers") int number,
      @ForAll("numbers") int other,
      @ForAll("durations") Duration time) {
    for (Limit<Integer> limit : limitsOfNumbers()) {
      limit.holdsFor(number);
    }
    for (Limit<Duration> limit : limitsOfTimes()) {
      limit.holdsFor(time);
    }
    accepts(
        1 <= number && number <= other && other <= 10_000,
        () -> db.queue().runner(JOBS).concurrency(number, other));
  }

  /** The last value that is accepted at each end, and the first one that is not. */
  @Example
  void bothSidesOfEachLimit() {
    for (Limit<Integer> limit : limitsOfNumbers()) {
      for (int value : List.of(limit.min, limit.max, limit.min - 1, limit.max + 1)) {
        limit.holdsFor(value);
      }
    }
    Duration least = Duration.ofNanos(1);
    for (Limit<Duration> limit : limitsOfTimes()) {
      for (Duration value :
          List.of(limit.min, limit.max, limit.min.minus(least), limit.max.plus(least))) {
        limit.holdsFor(value);
      }
    }
  }

  private static List<Limit<Integer>> limitsOfNumbers() {
    JobQueue queue = db.queue();
    return List.of(
        new Limit<>(1, 10_000, value -> queue.runner(JOBS).concurrency(value, 10_000)),
        new Limit<>(1, 10_000, value -> queue.runner(JOBS).concurrency(1, value)),
        new Limit<>(1, 1_000, value -> JobQueue.builder(db.pool()).gatherSends(value)),
        new Limit<>(1, 1_000, value -> queue.deadLetters().list(value)),
        new Limit<>(1, 1_000, value -> queue.channels().blocked(value)),
        new Limit<>(0, 10_000, Checkpoint::extraRetries));
  }

  private static List<Limit<Duration>> limitsOfTimes() {
    JobQueue queue = db.queue();
    Duration milli = Duration.ofMillis(1);
    Duration hour = Duration.ofHours(1);
    Duration longest = Duration.ofDays(36_500);
    return List.of(
        new Limit<>(Duration.ofSeconds(1), hour, value -> queue.runner(JOBS).lease(value)),
        new Limit<>(Duration.ofMillis(10), hour, value -> queue.runner(JOBS).pollInterval(value)),
        new Limit<>(
            Duration.ZERO, Duration.ofDays(1), value -> queue.runner(JOBS).shutdownTimeout(value)),
        new Limit<>(milli, longest, value -> queue.reserve(List.of(), value)),
        new Limit<>(
            milli, longest, value -> assertThat(queue.extend(new UUID(0, 1), value)).isFalse()),
        new Limit<>(milli, longest, Checkpoint::keepAlive));
  }

  /** A setting, and the range of its values. */
  private record Limit<T extends Comparable<T>>(T min, T max, Consumer<T> setting) {
    void holdsFor(T value) {
      accepts(min.compareTo(value) <= 0 && value.compareTo(max) <= 0, () -> setting.accept(value));
    }
  }

  private static void accepts(boolean isRight, ThrowingCallable call) {
    Throwable thrown = catchThrowable(call);
    if (isRight) {
      assertThat(thrown).isNull();
    } else {
      assertThat(thrown).isInstanceOf(IllegalArgumentException.class).message().isNotBlank();
    }
  }

  /** What is said of channels that are not there. */
  @Property(tries = 100)
  void namesOfChannels(@ForAll("text") String name, @ForAll("text") String args) throws Exception {
    JobQueue queue = db.queue();
    acceptsOrRefuses(() -> queue.clear(List.of(name)));
    acceptsOrRefuses(() -> queue.runner(JOBS).channels(name));
    acceptsOrRefuses(() -> queue.channels().unblock(new Channel(name, args)));
    acceptsOrRefuses(
        () -> {
          queue.channels().pause(name);
          assertThat(db.count("mq_paused")).isOne();
          queue.channels().resume(name);
        });
    assertThat(db.count("mq_paused")).isZero();
  }

  private static void acceptsOrRefuses(ThrowingCallable call) {
    Throwable thrown = catchThrowable(call);
    if (thrown == null) {
      accepted++;
    } else {
      refused++;
      assertThat(thrown).isInstanceOf(IllegalArgumentException.class).message().isNotBlank();
    }
  }

  /** The next run gets what was saved, and a job that could not be changed is as it was. */
  @Property(tries = 120)
  void checkpoints(
      @ForAll("jsonOrNone") Optional<String> json, @ForAll("bytes") Optional<byte[]> bytes)
      throws Exception {
    JobRequest request = PLAIN.json("1").bytes(new byte[] {1});
    RunKey run = calls.running(session, request);
    Throwable thrown =
        catchThrowable(
            () -> {
              Checkpoint checkpoint = Checkpoint.json(json.orElse("2"));
              calls.checkpoint(
                  session, run, bytes.isPresent() ? checkpoint.withBytes(bytes.get()) : checkpoint);
            });
    assertThat(calls.handBack(session, run)).hasSize(1);
    ClaimedJob job = calls.poll(session, runner(), 1).jobs().get(0);
    calls.clear(session);
    if (thrown != null) {
      isRefused(thrown);
      assertThat(job.json()).contains("1");
      assertThat(job.bytes().orElseThrow()).isEqualTo(new byte[] {1});
      return;
    }
    accepted++;
    assertThat(job.json()).contains(json.orElse("2"));
    assertThat(job.bytes().orElseThrow()).isEqualTo(bytes.orElse(new byte[] {1}));
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

  @Property(tries = 120)
  void textsFromSql(
      @ForAll("text") String name,
      @ForAll("text") String channel,
      @ForAll("text") String args,
      @ForAll("json") String json)
      throws Exception {
    Optional<String> refusal = refusal(name, channel, args, json);
    long before = db.count("mq_jobs");
    UUID id;
    try (PreparedStatement statement =
        session.prepareStatement(
            "select mq_send(?, ?::json, p_channel_name => ?, p_channel_args => ?)")) {
      statement.setString(1, name);
      statement.setString(2, json);
      statement.setString(3, channel);
      statement.setString(4, args);
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        id = rows.getObject(1, UUID.class);
      }
    } catch (SQLException e) {
      refused++;
      assertThat(e.getSQLState()).as(e.getMessage()).isEqualTo(refusal.orElse("none"));
      assertThat(db.count("mq_jobs")).isEqualTo(before);
      return;
    }
    assertThat(refusal).isEmpty();
    accepted++;
    ClaimedJob job = claimBesideAPlainOne(id);
    assertThat(job.jobName()).isEqualTo(sent(name));
    assertThat(job.channel()).isEqualTo(new Channel(sent(channel), sent(args)));
    assertThat(job.json()).contains(sent(json));
  }

  /** The SQLSTATE of what has to be refused. */
  private static Optional<String> refusal(String name, String channel, String args, String json)
      throws SQLException {
    if ((name + json + channel + args).indexOf('\0') >= 0) {
      return Optional.of(NUL);
    }
    Optional<String> malformed = refusalOfJson(json);
    if (malformed.isPresent()) {
      return malformed;
    }
    boolean isRight =
        bytes(name) >= 1
            && bytes(name) <= 500
            && bytes(channel) >= 1
            && bytes(channel) <= 1000
            && bytes(args) <= 1000
            && bytes(json) <= 1 << 20;
    return isRight ? Optional.empty() : Optional.of(WRONG_VALUE);
  }

  /** What the server says of a text that is no JSON, or too deep, where no queue is asked. */
  private static Optional<String> refusalOfJson(String json) throws SQLException {
    try (PreparedStatement statement = session.prepareStatement("select ?::json")) {
      statement.setString(1, json);
      statement.execute();
      return Optional.empty();
    } catch (SQLException e) {
      assertThat(e.getSQLState()).isIn("22P02", "54001", "22P05");
      return Optional.of(e.getSQLState());
    }
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  /** Numbers, intervals and times, some of them at once. */
  @Property(tries = 250)
  void numbersFromSql(@ForAll("sqlValues") List<SqlValue> values) throws Exception {
    Set<String> names = values.stream().map(SqlValue::name).collect(toSet());
    boolean isRight =
        values.stream().allMatch(SqlValue::isRight)
            && !names.containsAll(Set.of("p_delay", "p_run_at"));
    String call =
        values.stream()
            .map(value -> ", " + value.name + " => " + value.literal)
            .collect(joining("", "select mq_send('job'", ")"));
    long before = db.count("mq_jobs");
    UUID id;
    try {
      id = UUID.fromString(db.query(call).get(0));
    } catch (SQLException e) {
      refused++;
      assertThat(isRight).as("%s: %s", call, e.getMessage()).isFalse();
      assertThat(e.getSQLState()).as("%s: %s", call, e.getMessage()).isEqualTo(WRONG_VALUE);
      assertThat(e.getMessage()).containsPattern("ERROR: (" + String.join("|", names) + ") ");
      assertThat(db.count("mq_jobs")).isEqualTo(before);
      return;
    }
    assertThat(isRight).as(call).isTrue();
    accepted++;
    for (SqlValue value : values) {
      assertThat(db.query("select " + value.stored + " from mq_jobs where id = '" + id + "'"))
          .as(call)
          .containsExactly("t");
    }
    if (names.contains("p_reserve") || !calls.state(session, id).equals("ready 1")) {
      claimBesideAPlainOne(null);
      assertThat(calls.cancel(session, id)).isNotNull();
    } else {
      assertThat(claimBesideAPlainOne(id).key().id()).isEqualTo(id);
    }
  }

  @Example
  void aShareThatIsTooSmallToBeStoredIsNone() throws Exception {
    numbersFromSql(List.of(jitter(Double.MIN_VALUE)));
  }

  /**
   * A parameter of {@code mq_send}.
   *
   * @param stored what is true of the row if the value is taken
   */
  private record SqlValue(String name, String literal, boolean isRight, String stored) {}

  private static SqlValue number(String name, int value, int min, int max) {
    return new SqlValue(
        "p_" + name, String.valueOf(value), min <= value && value <= max, name + " = " + value);
  }

  private static SqlValue interval(String column, long micros, long minMillis, long maxMillis) {
    long millis = millis(micros);
    return new SqlValue(
        "p_" + column.replace("_ms", ""),
        literal(micros),
        minMillis <= millis && millis <= maxMillis,
        column + " = " + millis);
  }

  /** Rounded up. */
  private static long millis(long micros) {
    return -Math.floorDiv(-micros, 1000L);
  }

  /** Days are apart, since older servers read no larger numbers than those of 32 bits. */
  private static String literal(long micros) {
    long day = Duration.ofDays(1).toMillis() * 1000;
    return "interval '%d days %d.%06d seconds'"
        .formatted(
            Math.floorDiv(micros, day),
            Math.floorMod(micros, day) / 1_000_000,
            Math.floorMod(micros, day) % 1_000_000);
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
      isRefused(thrown);
      assertThat(db.count("mq_jobs")).isEqualTo(before);
      return;
    }
    accepted++;
    arrived(request[0], id);
  }

  private static void isRefused(Throwable thrown) {
    refused++;
    assertThat(thrown)
        .isInstanceOfAny(IllegalArgumentException.class, PayloadException.class)
        .message()
        .isNotBlank();
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
                "select array_to_string(array[priority, retries, backoff_ms, max_backoff_ms], ' ',"
                    + " '-') || ' ' || coalesce(jitter, 0) || ' ' || coalesce(unique_key, '') from"
                    + " mq_jobs where id = '"
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
                "select payload_json::jsonb is null from mq_jobs where payload_json is not null and"
                    + " id = '"
                    + id
                    + "'"))
        .doesNotContain("t");
    ClaimedJob job = claimBesideAPlainOne(id);
    assertThat(job.jobName()).isEqualTo(request.jobName());
    assertThat(job.channel()).isEqualTo(request.channel());
    assertThat(job.headers()).isEqualTo(request.headers());
    assertThat(job.json()).isEqualTo(request.json());
    assertThat(job.bytes().isPresent()).isEqualTo(request.bytes().isPresent());
    assertThat(job.bytes().orElseGet(() -> new byte[0]))
        .isEqualTo(request.bytes().orElseGet(() -> new byte[0]));
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
    UUID plain = calls.send(session, PLAIN);
    List<ClaimedJob> jobs = calls.poll(session, runner(), 10).jobs();
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

  /** One that has a lease. */
  private static UUID runner() throws SQLException {
    if (!calls.heartbeat(session, runner)) {
      runner = calls.runner(session);
    }
    return runner;
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
                2, Arbitraries.bytes().array(byte[].class).ofMaxSize(50).map(this::serialized)),
            Tuple.of(
                1,
                Arbitraries.of(0, 1 << 20, (1 << 20) + 1)
                    .map(size -> "x".repeat(size).getBytes(StandardCharsets.UTF_8))))
        .optional(0.7);
  }

  /** Begins as what Java's serialization writes. */
  private byte[] serialized(byte[] rest) {
    return ByteBuffer.allocate(4 + rest.length).putInt(0xACED0005).put(rest).array();
  }

  @Provide
  Arbitrary<Optional<String>> jsonOrNone() {
    return json().optional(0.8);
  }

  @Provide
  Arbitrary<List<SqlValue>> sqlValues() {
    return Arbitraries.oneOf(
            numbers().map(n -> number("priority", n, -32_768, 32_767)),
            numbers().map(n -> number("retries", n, 0, 10_000)),
            micros().map(n -> interval("backoff_ms", n, 0, 2_073_600_000)),
            micros().map(n -> interval("max_backoff_ms", n, 0, LONGEST_MS)),
            micros().map(n -> interval("timeout_ms", n, 1, LONGEST_MS)),
            micros().filter(n -> n < 1 || n > HOUR_US).map(AnyValuesIT::delay),
            micros().filter(n -> n < 1 || n > HOUR_US).map(AnyValuesIT::reservation),
            shares().map(AnyValuesIT::jitter),
            runAt())
        .list()
        .ofMinSize(1)
        .ofMaxSize(4)
        .uniqueElements(SqlValue::name);
  }

  private static SqlValue delay(long micros) {
    long millis = millis(micros);
    return new SqlValue(
        "p_delay",
        literal(micros),
        0 <= millis && millis <= LONGEST_MS,
        "coalesce(run_at, created_at) - created_at between"
            + " %1$s - interval '1 minute' and %1$s + interval '1 minute'"
                .formatted(literal(Math.max(0, millis) * 1000)));
  }

  private static SqlValue reservation(long micros) {
    long millis = millis(micros);
    return new SqlValue(
        "p_reserve",
        literal(micros),
        1 <= millis && millis <= LONGEST_MS,
        "reserved_until is not null");
  }

  private static SqlValue jitter(double share) {
    return new SqlValue(
        "p_jitter",
        "'" + share + "'::float8",
        0 <= share && share <= 1,
        "coalesce(jitter, 0) = '" + (float) share + "'::real");
  }

  private static Arbitrary<SqlValue> runAt() {
    return Arbitraries.of(
            "1970-01-01 00:00:00+00",
            "2001-02-03 04:05:06+07",
            "9999-12-31 23:59:59+00",
            "!1969-12-31 23:59:59.999999+00",
            "!9999-12-31 23:59:59.000001+00",
            "!infinity",
            "!-infinity",
            "!4713-01-01 BC",
            "!294276-12-31")
        .map(
            time ->
                new SqlValue(
                    "p_run_at",
                    "timestamptz '" + time.replace("!", "") + "'",
                    !time.startsWith("!"),
                    "run_at is null or run_at = '" + time.replace("!", "") + "'"));
  }

  private static Arbitrary<Long> micros() {
    return Arbitraries.frequencyOf(
        Tuple.of(3, Arbitraries.longs().between(0, 100_000_000)),
        Tuple.of(1, Arbitraries.longs().between(-10 * LONGEST_MS * 1000, 10 * LONGEST_MS * 1000)),
        Tuple.of(2, Arbitraries.of(-1_000_000L, -1_000L, -999L, -1L, 0L, 1L, 999L, 1_000L, 1_001L)),
        Tuple.of(
            2,
            Arbitraries.of(2_073_600_000L, LONGEST_MS)
                .flatMap(
                    millis -> Arbitraries.of(-1L, 0L, 1L).map(beside -> millis * 1000 + beside))));
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
