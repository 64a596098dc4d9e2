package io.jdbcmq.torture.role;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;

/**
 * Stops producers while more jobs wait than a machine of any speed can run in the time that it has
 * when all is sent.
 */
final class Brake {
  private static final int MOST_LIVE = 3_000;
  private static final long PERIOD_NANOS = 500_000_000;

  private final DataSource dataSource;
  private final String query;
  private volatile boolean isOn;

  Brake(DataSource dataSource, String schema) {
    this.dataSource = dataSource;
    this.query = "select count(*) from %s.mq_jobs".formatted(schema);
  }

  /** Starts a thread that ends with the process. */
  void start() {
    Thread thread = new Thread(this::watch, "brake");
    thread.setDaemon(true);
    thread.start();
  }

  /** Whether to send nothing for now. */
  boolean isOn() {
    return isOn;
  }

  private void watch() {
    while (true) {
      try (Connection connection = dataSource.getConnection();
          Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery(query)) {
        rows.next();
        isOn = rows.getLong(1) > MOST_LIVE;
      } catch (SQLException e) {
        // The server cannot be reached, so that nothing can be sent, either.
      }
      LockSupport.parkNanos(PERIOD_NANOS);
    }
  }
}
