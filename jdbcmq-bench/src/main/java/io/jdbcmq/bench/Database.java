package io.jdbcmq.bench;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.postgresql.ds.PGSimpleDataSource;

/** The server's database, as benchmarks reach it. */
final class Database {
  private final String url;
  private final PGSimpleDataSource direct = new PGSimpleDataSource();

  Database(String url) {
    this.url = url;
    direct.setUrl(url);
  }

  String url() {
    return url;
  }

  /** Opens a connection with each call. */
  PGSimpleDataSource direct() {
    return direct;
  }

  /** A pool for the caller to close, of connections whose current schema this is. */
  HikariDataSource poolIn(String schema, int size) {
    HikariDataSource pool = pool(size, "");
    pool.addDataSourceProperty("currentSchema", schema);
    return pool;
  }

  /**
   * A pool for the caller to close. It opens connections when it is asked for the first one.
   *
   * @param options for the server, as in {@code -c jdbcmq.notify=off}; may be empty
   */
  HikariDataSource pool(int size, String options) {
    HikariDataSource pool = new HikariDataSource();
    pool.setJdbcUrl(url);
    pool.setMaximumPoolSize(size);
    if (!options.isEmpty()) {
      pool.addDataSourceProperty("options", options);
    }
    return pool;
  }

  void execute(String sql) {
    try (Connection connection = direct.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException("the server refused: " + sql, e);
    }
  }

  List<String> texts(String sql, String parameter) {
    try (Connection connection = direct.getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, parameter);
      List<String> texts = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          texts.add(rows.getString(1));
        }
      }
      return texts;
    } catch (SQLException e) {
      throw new IllegalStateException("the server refused: " + sql, e);
    }
  }
}
