package io.jdbcmq.test;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.logging.Logger;
import javax.sql.ConnectionEvent;
import javax.sql.ConnectionEventListener;
import javax.sql.DataSource;
import javax.sql.PooledConnection;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGConnectionPoolDataSource;

/**
 * Keeps connections that were closed for the next one who wants one, because a test opens many. As
 * many as are open at once; what is not committed is rolled back by the driver. Thread-safe.
 */
final class ConnectionPool implements DataSource, AutoCloseable {
  private final PGConnectionPoolDataSource source;
  private final Deque<PooledConnection> idle = new ArrayDeque<>(); // guarded by itself
  private volatile boolean closed;

  ConnectionPool(PGConnectionPoolDataSource source) {
    this.source = source;
  }

  @Override
  public Connection getConnection() throws SQLException {
    Optional<PooledConnection> kept;
    synchronized (idle) {
      kept = Optional.ofNullable(idle.poll());
    }
    PooledConnection pooled = kept.isPresent() ? kept.get() : open();
    return pooled.getConnection();
  }

  @Override
  public Connection getConnection(String user, String password) throws SQLException {
    throw new SQLFeatureNotSupportedException("connections are those of one user");
  }

  /** Closes the idle connections, with whatever was set in their sessions. */
  void evict() throws SQLException {
    while (true) {
      PooledConnection pooled;
      synchronized (idle) {
        pooled = idle.poll();
      }
      if (pooled == null) {
        return;
      }
      pooled.close();
    }
  }

  /** Closes the idle connections, and those that are in use when they come back. */
  @Override
  public void close() throws SQLException {
    closed = true;
    evict();
  }

  private PooledConnection open() throws SQLException {
    PooledConnection pooled = source.getPooledConnection();
    pooled.addConnectionEventListener(
        new ConnectionEventListener() {
          @Override
          public void connectionClosed(ConnectionEvent event) {
            takeBack(pooled);
          }

          @Override
          public void connectionErrorOccurred(ConnectionEvent event) {
            // It is broken: its user closes it, and it does not come back.
            pooled.removeConnectionEventListener(this);
          }
        });
    return pooled;
  }

  private void takeBack(PooledConnection pooled) {
    if (closed) {
      try {
        pooled.close();
      } catch (SQLException e) {
        // The server ends it with the database.
      }
      return;
    }
    synchronized (idle) {
      idle.push(pooled);
    }
  }

  @Override
  public @Nullable PrintWriter getLogWriter() throws SQLException {
    return source.getLogWriter();
  }

  @Override
  public void setLogWriter(@Nullable PrintWriter out) throws SQLException {
    source.setLogWriter(out);
  }

  @Override
  public void setLoginTimeout(int seconds) throws SQLException {
    source.setLoginTimeout(seconds);
  }

  @Override
  public int getLoginTimeout() throws SQLException {
    return source.getLoginTimeout();
  }

  @Override
  public Logger getParentLogger() throws SQLFeatureNotSupportedException {
    throw new SQLFeatureNotSupportedException("there is no logger");
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    if (type.isInstance(this)) {
      return type.cast(this);
    }
    throw new SQLException("not a wrapper of " + type.getName());
  }

  @Override
  public boolean isWrapperFor(Class<?> type) {
    return type.isInstance(this);
  }
}
