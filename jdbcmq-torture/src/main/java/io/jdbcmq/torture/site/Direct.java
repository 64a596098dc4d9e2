package io.jdbcmq.torture.site;

import io.jdbcmq.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** The way to the server past the proxies. Thread-safe. */
final class Direct {
  private volatile EmbeddedPostgres server;

  Direct(EmbeddedPostgres server) {
    this.server = server;
  }

  /** The server; after a failover, another one. */
  EmbeddedPostgres server() {
    return server;
  }

  void switchTo(EmbeddedPostgres next) {
    server = next;
  }

  Connection connect() throws SQLException {
    return DriverManager.getConnection(
        server.jdbcUrl() + "&connectTimeout=5&socketTimeout=60&ApplicationName=harness");
  }

  void execute(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  boolean isTrue(String query) throws SQLException {
    return ask(query, rows -> rows.getBoolean(1));
  }

  long number(String query) throws SQLException {
    return ask(query, rows -> rows.getLong(1));
  }

  private <T> T ask(String query, Column<T> first) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      rows.next();
      return first.of(rows);
    }
  }

  @FunctionalInterface
  private interface Column<T> {
    T of(ResultSet rows) throws SQLException;
  }
}
