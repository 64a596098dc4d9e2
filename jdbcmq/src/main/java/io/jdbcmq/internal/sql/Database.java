package io.jdbcmq.internal.sql;

import io.jdbcmq.job.IndeterminateException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import javax.sql.DataSource;

/** Runs the library's own transactions, one call of a protocol function each. Thread-safe. */
public final class Database {
  private final DataSource dataSource;
  private final int timeoutMs;

  private Database(DataSource dataSource, int timeoutMs) {
    this.dataSource = dataSource;
    this.timeoutMs = timeoutMs;
  }

  /** With whatever network timeout the connections have: for calls that users wait for. */
  public static Database of(DataSource dataSource) {
    return new Database(dataSource, 0);
  }

  /**
   * With a limit to every wait for the server: for threads of the library, which must notice a
   * server that no longer answers.
   */
  public Database withTimeout(Duration timeout) {
    return new Database(dataSource, Math.toIntExact(timeout.toMillis()));
  }

  /** Opens a connection as it is, for calls that users wait for; the caller closes it. */
  public Connection open() throws SQLException {
    return dataSource.getConnection();
  }

  /** Opens a connection for long use; the caller closes it. */
  public KeptConnection keep() throws SQLException {
    Connection connection = dataSource.getConnection();
    try {
      boolean autoCommitBefore = connection.getAutoCommit();
      int timeoutBefore = networkTimeout(connection);
      if (timeoutMs > 0) {
        limitWaits(connection, shorter(timeoutBefore));
      }
      connection.setAutoCommit(true);
      return new KeptConnection(connection, autoCommitBefore, timeoutBefore);
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  /**
   * Runs work, which is a single statement, in a transaction of its own and commits it. Work that
   * lost a race (serialization, deadlock) is repeated, up to 19 times, with pauses of 1.5 s at most
   * in all.
   *
   * @throws IndeterminateException if the commit was not answered, or not confirmed by the standby
   * @throws SQLException if it failed
   */
  public <T> T inOwnTransaction(SqlWork<T> work) throws SQLException {
    LostRaces races = new LostRaces();
    while (true) {
      try {
        return once(work);
      } catch (SQLException e) {
        if (!races.isAnother(e)) {
          throw e;
        }
      }
    }
  }

  private <T> T once(SqlWork<T> work) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      try {
        return timeoutMs == 0 ? commit(connection, work) : commitInTime(connection, work);
      } catch (Error e) {
        Connections.discard(connection, e);
        throw e;
      }
    }
  }

  private <T> T commitInTime(Connection connection, SqlWork<T> work) throws SQLException {
    int timeoutBefore = networkTimeout(connection);
    limitWaits(connection, shorter(timeoutBefore));
    T result;
    try {
      result = commit(connection, work);
    } catch (SQLException | RuntimeException e) {
      if (!connection.isClosed()) {
        limitWaits(connection, timeoutBefore);
      }
      throw e;
    }
    limitWaits(connection, timeoutBefore);
    return result;
  }

  /**
   * The one statement of the work is the transaction, in auto-commit mode, whatever the mode of the
   * pool: no further round trip, and no BEGIN that could fail.
   */
  private static <T> T commit(Connection connection, SqlWork<T> work) throws SQLException {
    if (connection.getAutoCommit()) {
      return commitAutomatically(connection, work);
    }
    connection.setAutoCommit(true);
    try {
      return commitAutomatically(connection, work);
    } finally {
      if (!connection.isClosed()) {
        connection.setAutoCommit(false);
      }
    }
  }

  private static <T> T commitAutomatically(Connection connection, SqlWork<T> work)
      throws SQLException {
    try {
      return work.run(connection);
    } catch (SQLException e) {
      if (SqlErrors.isBroken(e)) {
        throw new IndeterminateException(
            "the connection broke before the commit was answered", SqlErrors.withoutDetail(e));
      }
      throw e;
    }
  }

  private static IndeterminateException unconfirmed() {
    return new IndeterminateException(
        "PostgreSQL stopped waiting for the synchronous standby: the transaction is committed here,"
            + " but a failover could undo it");
  }

  /** A shorter socketTimeout of the URL stays: a server that hangs is to be noticed by then. */
  private int shorter(int timeoutBefore) {
    return timeoutBefore == 0 ? timeoutMs : Math.min(timeoutBefore, timeoutMs);
  }

  /** A wrapper may not know network timeouts: the URL's socketTimeout is then the limit. */
  static void limitWaits(Connection connection, int milliseconds) throws SQLException {
    try {
      connection.setNetworkTimeout(Runnable::run, milliseconds);
    } catch (SQLFeatureNotSupportedException e) {
      // as above
    }
  }

  private static int networkTimeout(Connection connection) throws SQLException {
    try {
      return connection.getNetworkTimeout();
    } catch (SQLFeatureNotSupportedException e) {
      return 0;
    }
  }

  /** Work on a connection. */
  @FunctionalInterface
  public interface SqlWork<T> {
    /** Runs it. */
    T run(Connection connection) throws SQLException;
  }

  /** Binds the parameters of a statement. */
  @FunctionalInterface
  interface Binder {
    void bind(PreparedStatement statement) throws SQLException;
  }

  /** Reads the rows of an answer. */
  @FunctionalInterface
  interface Reader<T> {
    T read(ResultSet rows) throws SQLException;
  }

  /** Calls a function, and notices if that was a transaction whose commit is not confirmed. */
  static <T> T call(Connection connection, String sql, Binder binder, Reader<T> reader)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      binder.bind(statement);
      try (ResultSet rows = statement.executeQuery()) {
        T result = reader.read(rows);
        if (SqlErrors.hasUnconfirmedCommit(statement.getWarnings())) {
          throw unconfirmed();
        }
        return result;
      }
    } catch (Error e) {
      Connections.discard(connection, e);
      throw e;
    }
  }
}
