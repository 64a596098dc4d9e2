package io.jdbcmq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.embedded.EmbeddedPostgres;
import io.jdbcmq.job.Channel;
import io.jdbcmq.job.Checkpoint;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.JobState;
import io.jdbcmq.job.RetryPolicy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A server that logs each statement, without the values that are bound: no data of a user is in the
 * text of a statement.
 */
class StatementLogIT {
  private static final String CANARY = "kanarienvogel";

  @ParameterizedTest
  @ValueSource(strings = {"log_statement=all", "log_min_duration_statement=0"})
  void theTextOfStatementsHoldsNoDataOfUsers(String setting) throws Exception {
    try (EmbeddedPostgres server = start(setting)) {
      PGSimpleDataSource source = source(server);
      JobQueue queue = JobQueue.create(source);
      queue.migrate();
      useAllOf(queue, source);

      List<String> logged = log(server);
      assertThat(logged)
          .as("the statements are logged")
          .anyMatch(line -> line.contains("mq_send_v1("))
          .anyMatch(line -> line.contains("mq_fail_v1("))
          .anyMatch(line -> line.contains("mq_complete_or_raise_v1("))
          .anyMatch(line -> line.contains("mq_checkpoint_v1("))
          .anyMatch(line -> line.contains("mq_claim_v1("))
          .anyMatch(line -> line.contains("mq_clear_v1("));
      assertThat(logged).noneMatch(line -> line.contains(CANARY));
    }
  }

  /** The log is where the test looks for it. */
  @Test
  void aValueInTheTextOfAStatementIsFound() throws Exception {
    try (EmbeddedPostgres server = start("log_statement=all")) {
      try (Connection connection = source(server).getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute("select '" + CANARY + "'");
      }
      assertThat(log(server)).anyMatch(line -> line.contains(CANARY));
    }
  }

  /** Canaries wherever a user can put text. */
  private static void useAllOf(JobQueue queue, PGSimpleDataSource source) throws Exception {
    JobRegistry jobs =
        JobRegistry.builder()
            .handle(
                CANARY + "-fails",
                job -> {
                  job.checkpoint(Checkpoint.json("\"" + CANARY + "\"").withBytes(bytes()));
                  throw new IllegalStateException(CANARY);
                })
            .handleInTransaction(CANARY + "-works", (job, connection) -> {})
            .build();
    try (JobRunner runner = queue.runner(jobs).channels(CANARY).start()) {
      UUID dead = queue.send(job("-fails").retry(RetryPolicy.of(1, Duration.ZERO))).id();
      UUID done = queue.send(job("-works").ordered().uniqueKey(CANARY)).id();
      try (Connection connection = source.getConnection()) {
        connection.setAutoCommit(false);
        queue.send(connection, List.of(job("-works"), job("-works").delay(Duration.ofHours(1))));
        connection.commit();
      }
      Jobs.awaitState(queue, dead, JobState.DEAD);
      Jobs.awaitGone(queue, done);
      assertThat(queue.deadLetters().list(10)).hasSize(1);
      assertThat(runner.id()).isPresent();
    }
    queue.channels().pause(CANARY);
    queue.channels().resume(CANARY);
    queue.channels().unblock(new Channel(CANARY, CANARY));
    queue.channels().blocked(10);
    queue.clear(List.of(CANARY));
    queue.stats();
  }

  private static JobRequest job(String name) {
    return JobRequest.of(CANARY + name)
        .channel(CANARY, CANARY)
        .json("{\"" + CANARY + "\": \"" + CANARY + "\"}")
        .bytes(bytes())
        .header(CANARY, CANARY);
  }

  private static byte[] bytes() {
    return CANARY.getBytes(StandardCharsets.UTF_8);
  }

  private static EmbeddedPostgres start(String setting) {
    String[] parts = setting.split("=", 2);
    return EmbeddedPostgres.builder()
        .setting(parts[0], parts[1])
        .setting("log_parameter_max_length", "0")
        .start();
  }

  private static PGSimpleDataSource source(EmbeddedPostgres server) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(server.jdbcUrl());
    return source;
  }

  /** All that was logged before this call: the last line is that of the call. */
  private static List<String> log(EmbeddedPostgres server) throws SQLException {
    try (Connection connection = source(server).getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("select 'the end of the log'");
    }
    Path log = server.dataDirectory().resolve("server.log");
    return await()
        .atMost(20, SECONDS)
        .until(
            () -> Files.readAllLines(log),
            lines -> lines.stream().anyMatch(line -> line.contains("the end of the log")));
  }
}
