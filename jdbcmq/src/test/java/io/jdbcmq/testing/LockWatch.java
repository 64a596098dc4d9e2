package io.jdbcmq.testing;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/** Tells which sessions of a test wait for each other. */
final class LockWatch implements AutoCloseable {
  private final Connection connection;

  LockWatch(Connection connection) {
    this.connection = connection;
  }

  /**
   * Those of the sessions that wait for a lock which another one of them holds, or a transaction
   * that is prepared: that has the number 0.
   */
  Set<Integer> blocked(Collection<Integer> pids) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "select pid from unnest(?) as pid where pg_blocking_pids(pid) && (? || 0)")) {
      statement.setArray(1, connection.createArrayOf("int4", pids.toArray()));
      statement.setArray(2, connection.createArrayOf("int4", pids.toArray()));
      try (ResultSet rows = statement.executeQuery()) {
        Set<Integer> blocked = new HashSet<>();
        while (rows.next()) {
          blocked.add(rows.getInt(1));
        }
        return blocked;
      }
    }
  }

  void terminate(int pid) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("select pg_terminate_backend(?)")) {
      statement.setInt(1, pid);
      statement.execute();
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
