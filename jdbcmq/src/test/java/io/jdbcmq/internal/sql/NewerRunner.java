package io.jdbcmq.internal.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * What a runner of a later version might do: claims by the function that {@code later.sql} adds.
 */
final class NewerRunner implements AutoCloseable {
  private final DataSource dataSource;
  private final String schema;
  private final Thread thread = new Thread(this::run, "newer-runner");
  private volatile boolean running = true;
  private final AtomicLong completed = new AtomicLong();
  private volatile @Nullable SQLException failure;

  NewerRunner(DataSource dataSource, String schema) {
    this.dataSource = dataSource;
    this.schema = schema;
  }

  static void writeEffect(Connection connection, String schema, UUID job) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "insert into \"%s\".effects (job_id) values (?)".formatted(schema))) {
      insert.setObject(1, job);
      insert.executeUpdate();
    }
  }

  void start() {
    thread.start();
  }

  long completed() {
    return completed.get();
  }

  private void run() {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("set search_path = \"" + schema + "\", pg_temp");
      UUID id = UUID.randomUUID();
      call(
          connection,
          "select mq_register_runner_v1(?, 60000, 1, 'host', 'newer', null) is not null",
          id);
      connection.setAutoCommit(false);
      while (running) {
        work(connection, id);
      }
      call(connection, "select mq_retire_runner_v1(?) is not null", id);
      connection.commit();
    } catch (SQLException e) {
      failure = e;
    }
  }

  private void work(Connection connection, UUID id) throws SQLException {
    try (PreparedStatement claim =
        connection.prepareStatement("select claim_id, id, token from mq_claim_v2(?, 1)")) {
      claim.setObject(1, id);
      try (ResultSet rows = claim.executeQuery()) {
        rows.next(); // about the claim
        long claimId = rows.getLong(1);
        if (rows.next()) {
          UUID job = rows.getObject(2, UUID.class);
          int token = rows.getInt(3);
          connection.commit();
          writeEffect(connection, schema, job);
          boolean refused =
              call(
                  connection,
                  "select count(*) > 0 from mq_complete_v1(array[?::uuid], array[?::int], array[?::bigint])",
                  job,
                  token,
                  claimId);
          if (refused) {
            throw new SQLException("the run of " + job + " was refused");
          }
          completed.incrementAndGet();
        }
      }
    }
    connection.commit();
  }

  private static boolean call(Connection connection, String sql, Object... values)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next() && rows.getBoolean(1);
      }
    }
  }

  @Override
  public void close() {
    running = false;
    try {
      thread.join(60_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    assertThat(thread.isAlive()).as("the newer runner hangs").isFalse();
    SQLException thrown = failure;
    assertThat(thrown == null ? "" : thrown.toString()).isEmpty();
  }
}
