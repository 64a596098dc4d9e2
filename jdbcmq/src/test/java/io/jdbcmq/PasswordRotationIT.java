package io.jdbcmq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.jdbcmq.embedded.EmbeddedPostgres;
import io.jdbcmq.job.JobQueueException;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.testing.LogCapture;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** The password of the database changes while a runner runs. */
class PasswordRotationIT {
  private static final String OLD = "kanarienvogel-1";
  private static final String NEW = "kanarienvogel-2";

  @Test
  void aRunnerGoesOnOnceTheDataSourceHasTheNewPassword() throws Exception {
    BlockingQueue<UUID> ran = new LinkedBlockingQueue<>();
    try (EmbeddedPostgres server = EmbeddedPostgres.builder().start();
        LogCapture log = new LogCapture()) {
      askForPasswords(server);
      execute(server, "create role app login password '" + OLD + "'");
      execute(server, "create schema jdbcmq authorization app");
      PGSimpleDataSource source = new PGSimpleDataSource();
      source.setUrl("jdbc:postgresql://127.0.0.1:%d/postgres".formatted(server.port()));
      source.setUser("app");
      source.setPassword(OLD);
      JobQueue queue = JobQueue.builder(source).build();
      queue.migrate();
      try (JobRunner runner = queue.runner(Jobs.handledBy(job -> ran.add(job.id()))).start()) {
        UUID first = queue.send(JobRequest.of(Jobs.NAME)).id();
        assertThat(ran.poll(20, SECONDS)).isEqualTo(first);

        execute(server, "alter role app password '" + NEW + "'");
        execute(
            server, "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app'");
        await()
            .atMost(30, SECONDS)
            .until(() -> log.written(Level.WARN).stream().anyMatch(line -> line.contains("28P01")));
        Throwable refused = catchThrowable(() -> queue.send(JobRequest.of(Jobs.NAME)));
        assertThat(refused).isInstanceOf(JobQueueException.class);
        StringWriter text = new StringWriter();
        refused.printStackTrace(new PrintWriter(text, true));
        assertThat(text.toString()).contains("password").doesNotContain("kanarienvogel");

        source.setPassword(NEW);
        UUID second = queue.send(JobRequest.of(Jobs.NAME)).id();
        assertThat(ran.poll(60, SECONDS)).isEqualTo(second);
        assertThat(runner.id()).isPresent();
      }
      assertThat(log.written(Level.TRACE))
          .isNotEmpty()
          .allSatisfy(line -> assertThat(line).doesNotContain("kanarienvogel"));
    }
  }

  private static void askForPasswords(EmbeddedPostgres server) throws Exception {
    Files.writeString(
        server.dataDirectory().resolve("pg_hba.conf"),
        """
        host all postgres 127.0.0.1/32 trust
        host all all 127.0.0.1/32 scram-sha-256
        """);
    execute(server, "select pg_reload_conf()");
  }

  private static void execute(EmbeddedPostgres server, String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(server.jdbcUrl());
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
