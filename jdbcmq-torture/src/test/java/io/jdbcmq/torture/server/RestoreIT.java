package io.jdbcmq.torture.server;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.JobRunner;
import io.jdbcmq.job.DeadLetter;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.JobState;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.job.SendResult;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A queue survives pg_dump and its restore, and REINDEX, ANALYZE and VACUUM FULL in any
 * search_path.
 */
class RestoreIT {
  private static final String ORIGINAL = "postgres";
  private static final String RESTORED = "restored";
  private static final RetryPolicy PATIENT = RetryPolicy.of(10, Duration.ofMillis(50));
  private static final List<String> ODD_CHANNELS =
      List.of(
          "it's",
          "\"quoted\"",
          "back\\slash",
          "line\nbreak\ttab",
          "\uD83D\uDC18 ünï",
          "\\.",
          "\\N",
          "$$;--");

  private PostgresServer server;

  @BeforeEach
  void start() {
    server = PostgresServer.start(Needed.together(ServerPrograms.OF_A_DUMP));
  }

  @AfterEach
  void stop() {
    if (server != null) {
      server.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "custom"})
  void aRestoredQueueIsTheSameAndGoesOn(String format) throws Exception {
    JobQueue queue = queueIn(ORIGINAL);
    queue.migrate();
    inSession(ORIGINAL, "set search_path = jdbcmq", resource("/io/jdbcmq/roles.sql"));
    CountDownLatch mayEnd = new CountDownLatch(1);
    UUID dead = queue.send(JobRequest.of("fails").retry(RetryPolicy.never())).id();
    UUID running = queue.send(JobRequest.of("waits").retry(PATIENT)).id();
    List<UUID> waiting = new ArrayList<>();
    try (JobRunner runner = queue.runner(failing(mayEnd)).lease(Duration.ofSeconds(5)).start()) {
      await()
          .atMost(60, SECONDS)
          .until(() -> queue.deadLetters().list(1).size() == 1 && runner.running() == 1);
      queue.channels().pause(ODD_CHANNELS.toArray(String[]::new));
      queue.channels().pause("ordered", "default", "later");
      for (String channel : ODD_CHANNELS) {
        waiting.add(queue.send(job().channel(channel, channel)).id());
      }
      JobRequest ordered = job().channel("ordered").ordered();
      List<SendResult> inOrder = queue.send(List.of(ordered, ordered, ordered));
      UUID head = inOrder.get(0).id();
      UUID second = inOrder.get(1).id();
      UUID third = inOrder.get(2).id();
      UUID delayed = queue.send(job().channel("later").delay(Duration.ofHours(1))).id();
      UUID unique = queue.send(job().uniqueKey("it's \\ one")).id();
      UUID reserved = queue.reserve(job(), Duration.ofHours(1)).id();
      UUID bytes = queue.send(JobRequest.of("job").bytes(new byte[] {0, -1, 92, 39, 10})).id();
      waiting.addAll(List.of(head, second, third, unique, bytes));
      assertThat(queue.find(third).orElseThrow().state()).isEqualTo(JobState.PARKED);
      assertThat(queue.find(delayed).orElseThrow().state()).isEqualTo(JobState.DELAYED);
      assertThat(queue.find(running).orElseThrow().state()).isEqualTo(JobState.CLAIMED);

      dumpAndRestore(format);

      assertThat(catalogue(RESTORED)).isEqualTo(catalogue(ORIGINAL)).isNotEmpty();
      assertThat(
              count(
                  RESTORED,
                  "jdbcmq.mq_jobs as job, jdbcmq.mq_ready as ready, jdbcmq.mq_seq as sequence"
                      + " where job.seq > sequence.last_value or ready.seq > sequence.last_value"))
          .as("numbers that would be drawn again")
          .isZero();
      mayEnd.countDown();
      await().atMost(60, SECONDS).until(() -> !queue.exists(running));

      JobQueue restored = queueIn(RESTORED);
      assertThat(restored.migrate()).as("migrations that are missing").isEmpty();
      assertThat(restored.send(job().uniqueKey("it's \\ one")))
          .isInstanceOf(SendResult.Duplicate.class);
      assertThat(restored.commit(reserved)).isTrue();
      assertThat(restored.deadLetters().list(10)).extracting(DeadLetter::id).containsExactly(dead);
      assertThat(restored.deadLetters().redrive(List.of(dead))).containsExactly(dead);
      restored.channels().resume(restored.channels().paused().toArray(String[]::new));
      UUID later = restored.send(job().channel("ordered").ordered()).id();

      List<UUID> ran = runAll(restored, delayed);

      List<UUID> expected = new ArrayList<>(waiting);
      expected.addAll(List.of(reserved, dead, running, later));
      assertThat(ran).containsExactlyInAnyOrderElementsOf(expected);
      assertThat(ran).containsSubsequence(head, second, third, later);
      assertThat(restored.exists(delayed)).isTrue();
      assertThat(
              lines(
                  RESTORED, "set search_path = jdbcmq, pg_temp", resource("/io/jdbcmq/audit.sql")))
          .isEmpty();
    }
  }

  private static JobRequest job() {
    return JobRequest.of("job").json("{\"text\": \"it's \\\\ a \\n \\u0001 text\"}").retry(PATIENT);
  }

  private static JobRegistry failing(CountDownLatch mayEnd) {
    return JobRegistry.builder()
        .handle(
            "fails",
            job -> {
              throw new IllegalStateException("as it should, with ' and \\ in its text");
            })
        .handle("waits", job -> mayEnd.await())
        .handle("job", job -> {})
        .build();
  }

  /** Runs what there is but for one job, and tells what ran, in this order. */
  private List<UUID> runAll(JobQueue queue, UUID except) {
    List<UUID> ran = new CopyOnWriteArrayList<>();
    JobRegistry jobs =
        JobRegistry.builder()
            .handle("fails", job -> ran.add(job.id()))
            .handle("waits", job -> ran.add(job.id()))
            .handle("job", job -> ran.add(job.id()))
            .build();
    try (JobRunner runner = queue.runner(jobs).lease(Duration.ofSeconds(2)).start()) {
      await()
          .atMost(60, SECONDS)
          .until(() -> count(RESTORED, "jdbcmq.mq_jobs") == 1 && runner.running() == 0);
    }
    assertThat(queue.exists(except)).isTrue();
    return ran;
  }

  /** As an operator of the database does it, without a thought of the queue. */
  @Test
  void maintenanceWithoutASearchPathDoesNotDisturbARunner() throws Exception {
    JobQueue queue = queueIn(ORIGINAL);
    queue.migrate();
    try (Load load = new Load(server.jdbcUrl());
        JobRunner runner = queue.runner(Load.handler()).lease(Duration.ofSeconds(10)).start()) {
      load.send(queue, 2);
      for (String command :
          List.of(
              "reindex schema jdbcmq",
              "reindex (concurrently) schema jdbcmq",
              "reindex database " + ORIGINAL,
              "analyze",
              "vacuum (full, analyze)",
              "cluster jdbcmq.mq_jobs using mq_jobs_pkey")) {
        load.awaitMore(100);
        await().atMost(60, SECONDS).until(() -> isDone("set search_path = pg_catalog", command));
      }
      load.awaitMore(100);
      assertThat(runner.id()).isPresent();
      load.stopAndCheck();
    }
  }

  /**
   * A REINDEX that locks the table before its indexes may meet a statement that does the reverse.
   */
  private boolean isDone(String... statements) throws SQLException {
    try {
      inSession(ORIGINAL, statements);
      return true;
    } catch (SQLException e) {
      assertThat(e.getSQLState()).as(e.toString()).isEqualTo("40P01");
      return false;
    }
  }

  private void dumpAndRestore(String format) {
    String dump = server.home().resolve("dump").toString();
    String port = String.valueOf(server.port());
    server.run(
        "pg_dump",
        "-h",
        "127.0.0.1",
        "-p",
        port,
        "-U",
        "postgres",
        "-F",
        format,
        "-f",
        dump,
        ORIGINAL);
    server.execute("create database " + RESTORED);
    if (format.equals("plain")) {
      server.run(
          "psql",
          "-X",
          "-q",
          "-v",
          "ON_ERROR_STOP=1",
          "-h",
          "127.0.0.1",
          "-p",
          port,
          "-U",
          "postgres",
          "-d",
          RESTORED,
          "-f",
          dump);
    } else {
      server.run(
          "pg_restore",
          "--exit-on-error",
          "-h",
          "127.0.0.1",
          "-p",
          port,
          "-U",
          "postgres",
          "-d",
          RESTORED,
          dump);
    }
  }

  /** What the schema consists of, and who may do what with it. */
  private List<String> catalogue(String database) throws Exception {
    List<String> lines =
        new ArrayList<>(
            lines(database, "set search_path = jdbcmq, pg_temp", resource("/catalogue.sql")));
    lines.addAll(
        lines(
            database,
            "set search_path = jdbcmq, pg_temp",
            "select nspacl::text from pg_namespace where nspname = 'jdbcmq'"));
    // A dump leaves out what is the default of an owner; what others may do is compared.
    lines.replaceAll(line -> line.replaceAll("acl \\{postgres=[a-zA-Z]+/postgres\\}", "acl "));
    return lines;
  }

  private JobQueue queueIn(String database) {
    return JobQueue.create(Sources.direct(server.jdbcUrl(database)));
  }

  /** Runs statements in one session. */
  private void inSession(String database, String... statements) throws SQLException {
    try (Connection connection = DriverManager.getConnection(server.jdbcUrl(database));
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /** The first column of what a query gives, in a session with this search path. */
  private List<String> lines(String database, String searchPath, String query) throws SQLException {
    List<String> lines = new ArrayList<>();
    try (Connection connection = DriverManager.getConnection(server.jdbcUrl(database));
        Statement statement = connection.createStatement()) {
      statement.execute(searchPath);
      try (ResultSet rows = statement.executeQuery(query)) {
        while (rows.next()) {
          lines.add(rows.getString(1));
        }
      }
    }
    return lines;
  }

  private long count(String database, String from) throws SQLException {
    return Long.parseLong(
        lines(database, "set search_path = pg_catalog", "select count(*) from " + from).get(0));
  }

  private static String resource(String name) throws IOException {
    Class<?> from = name.startsWith("/io/jdbcmq/") ? JobQueue.class : RestoreIT.class;
    try (InputStream stream = from.getResourceAsStream(name)) {
      assertThat(stream).as(name).isNotNull();
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
