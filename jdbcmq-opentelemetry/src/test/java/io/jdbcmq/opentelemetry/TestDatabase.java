package io.jdbcmq.opentelemetry;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.jdbcmq.JobQueue;
import io.jdbcmq.embedded.DatabaseServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Gives each test a migrated schema of its own on a server that all tests share. */
final class TestDatabase implements BeforeEachCallback, AfterEachCallback {
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private String schema = "";
  private HikariDataSource pool;

  @Override
  public void beforeEach(ExtensionContext context) {
    schema = "m" + ProcessHandle.current().pid() + "_" + NUMBER.incrementAndGet();
    HikariConfig config = new HikariConfig();
    config.setDataSource(Shared.SERVER.dataSource());
    config.setMinimumIdle(0);
    pool = new HikariDataSource(config);
    queue().build().migrate();
  }

  @Override
  public void afterEach(ExtensionContext context) throws SQLException {
    execute("drop schema \"" + schema + "\" cascade");
    pool.close();
  }

  JobQueue.Builder queue() {
    return JobQueue.builder(pool).schema(schema);
  }

  /** Runs it with the schema as search path. */
  void execute(String sql) throws SQLException {
    try (Connection connection = Shared.SERVER.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("set search_path = \"" + schema + "\", pg_temp");
      statement.execute(sql);
    }
  }

  /** Started by the first test, stopped with the JVM. */
  private static final class Shared {
    static final DatabaseServer SERVER = DatabaseServer.fromEnvironmentOrEmbedded();
  }
}
