package io.jdbcmq.torture.role;

import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.ds.PGSimpleDataSource;

/** Connections past the pool: that of the thread that listens goes another way than heartbeats. */
final class DirectDataSource extends PGSimpleDataSource {
  private static final long serialVersionUID = 1L;
  private static final String LISTENER = "jdbcmq-listener";

  private final String listenerUrl;

  DirectDataSource(String heartbeatUrl, String listenerUrl) {
    this.listenerUrl = listenerUrl;
    setUrl(heartbeatUrl);
  }

  @Override
  public Connection getConnection() throws SQLException {
    if (!Thread.currentThread().getName().equals(LISTENER)) {
      return super.getConnection();
    }
    PGSimpleDataSource listeners = new PGSimpleDataSource();
    listeners.setUrl(listenerUrl);
    return listeners.getConnection();
  }
}
