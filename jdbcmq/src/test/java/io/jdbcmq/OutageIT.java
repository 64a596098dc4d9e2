package io.jdbcmq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.jdbcmq.embedded.EmbeddedPostgres;
import io.jdbcmq.job.JobQueueException;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.testing.Audit;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** The server is killed and comes back: a runner goes on by itself, and nothing is lost. */
class OutageIT {
  @Test
  void nothingIsLostOrRepeatedWhenTheServerIsKilledInTheMiddle() throws Exception {
    try (EmbeddedPostgres server = EmbeddedPostgres.builder().start();
        HikariDataSource pool = pool(server)) {
      PGSimpleDataSource direct = direct(server);
      JobQueue queue = JobQueue.builder(pool).direct(direct).build();
      queue.migrate();
      execute(direct, "create table effects (job_id uuid, attempt int)");
      JobRegistry jobs =
          JobRegistry.builder()
              .handleInTransaction(
                  "effect",
                  (job, connection) -> {
                    try (PreparedStatement insert =
                        connection.prepareStatement("insert into effects values (?, ?)")) {
                      insert.setObject(1, job.id());
                      insert.setInt(2, job.attempt());
                      insert.executeUpdate();
                    }
                  })
              .build();
      RetryPolicy patient = RetryPolicy.of(20, Duration.ofMillis(100));
      Set<UUID> acknowledged = ConcurrentHashMap.newKeySet();
      AtomicBoolean sending = new AtomicBoolean(true);
      Thread sender =
          new Thread(
              () -> {
                while (sending.get()) {
                  try {
                    acknowledged.add(queue.send(JobRequest.of("effect").retry(patient)).id());
                  } catch (JobQueueException e) {
                    assertThat(e.isTransient()).isTrue();
                  }
                }
              });
      try (JobRunner one = queue.runner(jobs).lease(Duration.ofSeconds(3)).start();
          JobRunner two = queue.runner(jobs).lease(Duration.ofSeconds(3)).start()) {
        sender.start();
        for (int outage = 1; outage <= 2; outage++) {
          int target = outage * 300;
          await().atMost(60, SECONDS).until(() -> count(direct, "effects") > target);
          server.kill();
          server.restart();
        }
        await().atMost(60, SECONDS).until(() -> count(direct, "effects") > 900);
        sending.set(false);
        sender.join(60_000);
        await().atMost(60, SECONDS).until(() -> count(direct, "jdbcmq.mq_jobs") == 0);
        assertThat(one.id()).isPresent();
        assertThat(two.id()).isPresent();
      }
      assertThat(count(direct, "(select distinct job_id from effects) as e"))
          .isEqualTo(count(direct, "effects"))
          .isGreaterThanOrEqualTo(acknowledged.size());
      for (UUID id : acknowledged) {
        assertThat(count(direct, "effects where job_id = '" + id + "'")).isEqualTo(1);
      }
      assertThat(Audit.findings(direct, "jdbcmq")).isEmpty();
    }
  }

  private static HikariDataSource pool(EmbeddedPostgres server) {
    HikariConfig config = new HikariConfig();
    config.setDataSource(direct(server));
    config.setMaximumPoolSize(30);
    config.setMinimumIdle(0);
    config.setConnectionTimeout(2000);
    return new HikariDataSource(config);
  }

  private static PGSimpleDataSource direct(EmbeddedPostgres server) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(server.jdbcUrl());
    return source;
  }

  private static void execute(PGSimpleDataSource source, String sql) throws SQLException {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static long count(PGSimpleDataSource source, String from) throws SQLException {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select count(*) from " + from)) {
      rows.next();
      return rows.getLong(1);
    }
  }
}
