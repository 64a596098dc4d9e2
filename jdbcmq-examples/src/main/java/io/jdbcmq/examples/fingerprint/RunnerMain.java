package io.jdbcmq.examples.fingerprint;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.JobRunner;
import io.jdbcmq.embedded.DatabaseServer;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;

/**
 * A process that runs the demo's jobs on the server that the environment names. It stops when its
 * standard input ends: when the demo closes it, or is gone itself.
 */
final class RunnerMain {
  /** Short, so that the demo does not have to wait long for what a killed runner held. */
  static final Duration LEASE = Duration.ofSeconds(5);

  /** What a runner takes from the pool at most, beside a connection for each handler. */
  private static final int CONNECTIONS_OF_RUNNER = 3;

  private RunnerMain() {}

  /** Name of the runner, and how many jobs it runs at once. */
  public static void main(String[] args) throws IOException, SQLException {
    String name = args[0];
    int concurrency = Integer.parseInt(args[1]);
    DatabaseServer server = DatabaseServer.fromEnvironmentOrEmbedded();
    try (HikariDataSource pool = pool(server.dataSource(), concurrency)) {
      JobQueue queue =
          JobQueue.builder(pool).direct(server.dataSource()).schema(DemoSchema.NAME).build();
      JobRegistry jobs =
          JobRegistry.builder()
              .handleInTransaction(FingerprintRequest.JOB, new FingerprintHandler(name))
              .build();
      try (JobRunner runner =
          queue.runner(jobs).concurrency((concurrency + 1) / 2, concurrency).lease(LEASE).start()) {
        sayReady(pool, name);
        awaitEndOfInput();
        runner.shutdown(Duration.ofSeconds(10));
      }
    }
  }

  private static HikariDataSource pool(DataSource source, int concurrency) {
    HikariConfig config = new HikariConfig();
    config.setDataSource(source);
    config.setMaximumPoolSize(concurrency + CONNECTIONS_OF_RUNNER);
    return new HikariDataSource(config);
  }

  private static void sayReady(DataSource pool, String name) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      DemoTables.addRunner(connection, name);
    }
  }

  private static void awaitEndOfInput() throws IOException {
    while (System.in.read() >= 0) {
      // nobody writes anything
    }
  }
}
