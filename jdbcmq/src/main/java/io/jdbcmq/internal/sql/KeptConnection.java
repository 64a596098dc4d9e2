package io.jdbcmq.internal.sql;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * A connection for long use, in auto-commit mode and with a limit to every wait for the server. It
 * goes back as it came, because not every pool resets what it gets back. For one thread.
 */
public final class KeptConnection implements AutoCloseable {
  private final Connection connection;
  private final boolean autoCommitBefore;
  private final int timeoutBefore;

  KeptConnection(Connection connection, boolean autoCommitBefore, int timeoutBefore) {
    this.connection = connection;
    this.autoCommitBefore = autoCommitBefore;
    this.timeoutBefore = timeoutBefore;
  }

  public Connection connection() {
    return connection;
  }

  /** Gives it back, as it was unless it has broken. */
  @Override
  public void close() throws SQLException {
    try (connection) {
      if (!connection.isClosed()) {
        connection.setAutoCommit(autoCommitBefore);
        Database.limitWaits(connection, timeoutBefore);
      }
    }
  }
}
