package io.jdbcmq.internal.sql;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.JobRunner;
import io.jdbcmq.testing.Audit;
import io.jdbcmq.testing.Catalogue;
import io.jdbcmq.testing.LogCapture;
import io.jdbcmq.testing.TestSchema;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Schemas move on while processes with old and new versions of the library work on them. */
class UpgradeIT {
  private static final int KNOWN = Migrator.files().size();
  private static final Pattern CONFUSED = Pattern.compile("SQLSTATE (0A|42|XX)|cached plan");

  /**
   * Of a table whose rows functions read as a whole. Not in one transaction with the other: who has
   * locked two tables that are in use waits for sessions that wait for it.
   */
  private static final String EVEN_LATER =
      """
      alter table mq_low_water add column noted_by text not null default 'nobody';
      call mq_finish_migration(%d, 'even_later');
      """
          .formatted(KNOWN + 2);

  @RegisterExtension final TestSchema db = new TestSchema();

  @BeforeEach
  void createEffects() throws Exception {
    db.execute("create table effects (number bigserial, job_id uuid not null)");
  }

  /** As during a rolling deploy. Driver and server have plans of all statements by then. */
  @Test
  void oldAndNewProcessesGoOnWhileALaterMigrationRuns() throws Exception {
    try (LogCapture log = new LogCapture()) {
      UpgradeLoad load = db.closing(new UpgradeLoad(db.queue(), db.pool()));
      JobRunner old = db.closing(runner(db.queue()));
      JobRunner other = db.closing(runner(db.queue()));
      load.start(3);
      awaitEffects(300);

      String later = later();
      await().atMost(60, SECONDS).until(() -> hasRun(later));
      await().atMost(60, SECONDS).until(() -> hasRun(EVEN_LATER));
      awaitEffects(effects() + 200);

      other.close();
      JobQueue restarted = db.queue();
      assertThat(restarted.migrate()).isEmpty();
      JobRunner again = db.closing(runner(restarted));
      NewerRunner newer = db.closing(new NewerRunner(db.direct(), db.name()));
      newer.start();
      long before = newer.completed();
      awaitEffects(effects() + 300);
      await().atMost(60, SECONDS).until(() -> newer.completed() > before);
      load.close();
      await().atMost(60, SECONDS).until(() -> db.count("mq_jobs") == 0);
      newer.close();

      assertThat(old.id()).isPresent();
      assertThat(again.id()).isPresent();
      assertThat(load.permanent()).as("failures that are said to be permanent").isEmpty();
      load.check(db.query("select job_id from effects order by number"));
      assertThat(db.count("mq_dead")).isZero();
      assertThat(log.written(Level.WARN))
          .as("what the server cannot plan or does not know (0A000, 42…)")
          .noneMatch(line -> CONFUSED.matcher(line).find());
    }
  }

  /** As an operator does it: rather again than in everybody's way. */
  private boolean hasRun(String migration) throws Exception {
    try (Connection connection = db.direct().getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("set local lock_timeout = '200ms'");
      statement.execute("set local search_path = \"" + db.name() + "\", pg_temp");
      statement.execute(migration);
      connection.commit();
      return true;
    } catch (SQLException e) {
      assertThat(e.getSQLState()).as(e.toString()).isIn("55P03", "40P01");
      return false;
    }
  }

  private static String later() throws Exception {
    try (InputStream stream = UpgradeIT.class.getResourceAsStream("/later.sql")) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8)
          .replace("%d", Integer.toString(KNOWN + 1));
    }
  }

  /** Whatever state a job was in. */
  @ParameterizedTest
  @MethodSource("versionsThatCanSend")
  void jobsOfEachEarlierVersionRunAfterIt(int version) throws Exception {
    String name = db.name() + "_old";
    db.closing(() -> db.execute("drop schema if exists \"%s\" cascade".formatted(name)));
    Schema schema = new Schema(name);
    migrate(new Migrator(schema, Migrator.files().subList(0, version)));
    EarlierVersion earlier = new EarlierVersion(version, schema, db);
    earlier.sendOfEachState();
    assertThat(Audit.findings(db.direct(), name)).isEmpty();
    earlier.startSenders();
    earlier.awaitMoreSends(20);

    assertThat(migrate(new Migrator(schema)))
        .containsExactlyElementsOf(Migrator.files().subList(version, KNOWN));

    earlier.awaitMoreSends(20);
    earlier.stopSenders();
    assertThat(Catalogue.of(db.direct(), name)).isEqualTo(Catalogue.of(db.direct(), db.name()));
    assertThat(Audit.findings(db.direct(), name)).isEmpty();
    JobQueue queue = JobQueue.builder(db.pool()).direct(db.direct()).schema(name).build();
    earlier.decide(queue);
    try (JobRunner runner = runner(queue)) {
      await()
          .atMost(60, SECONDS)
          .until(() -> db.count(name + ".mq_jobs") == 0 && runner.running() == 0);
    }
    earlier.check(db.query("select job_id from effects order by number"));
    assertThat(db.count(name + ".mq_dead")).isZero();
    assertThat(Audit.findings(db.direct(), name)).isEmpty();
  }

  private static IntStream versionsThatCanSend() {
    return IntStream.range(2, KNOWN);
  }

  private List<String> migrate(Migrator migrator) throws SQLException {
    try (Connection connection = db.direct().getConnection()) {
      return migrator.migrate(connection);
    }
  }

  private JobRunner runner(JobQueue queue) {
    JobRegistry jobs =
        JobRegistry.builder()
            .handleInTransaction(
                "job",
                (job, connection) -> NewerRunner.writeEffect(connection, db.name(), job.id()))
            .build();
    return queue.runner(jobs).lease(Duration.ofSeconds(20)).start();
  }

  private long effects() throws SQLException {
    return db.count("effects");
  }

  private void awaitEffects(long count) {
    await().atMost(120, SECONDS).until(() -> effects() >= count);
  }
}
