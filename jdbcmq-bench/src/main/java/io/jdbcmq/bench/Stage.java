package io.jdbcmq.bench;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.jdbcmq.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.postgresql.ds.PGSimpleDataSource;

/** Where scenarios are run: a server with durable settings, connections to it, and a report. */
final class Stage implements AutoCloseable {
  private final EmbeddedPostgres server;
  private final PGSimpleDataSource direct = new PGSimpleDataSource();
  private final HikariDataSource pool;
  private final Meter meter;
  private final Report report;
  private final boolean quick;
  private int schemas;

  Stage(Report report, boolean quick) {
    this.report = report;
    this.quick = quick;
    this.server =
        EmbeddedPostgres.builder()
            .setting("max_wal_size", "4GB")
            .setting("shared_buffers", "512MB")
            .start();
    direct.setUrl(server.jdbcUrl());
    this.pool = pool(10, "");
    this.meter = new Meter(direct, postmaster());
  }

  EmbeddedPostgres server() {
    return server;
  }

  /** Opens a connection with each call. */
  PGSimpleDataSource direct() {
    return direct;
  }

  /** A pool of ten connections. */
  HikariDataSource pool() {
    return pool;
  }

  Meter meter() {
    return meter;
  }

  Report report() {
    return report;
  }

  /** The number for a full run, or the one for a quick look. */
  int size(int full, int inAHurry) {
    return quick ? inAHurry : full;
  }

  /** A queue without jobs. */
  Jdbcmq jdbcmq() {
    schemas++;
    return new Jdbcmq(this, "bench_" + schemas);
  }

  /** The queue that is measured by scenarios that can be run with any. */
  Subject subject() {
    return jdbcmq();
  }

  /**
   * A pool for the caller to close.
   *
   * @param options for the server, as in {@code -c jdbcmq.notify=off}; may be empty
   */
  HikariDataSource pool(int size, String options) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(server.jdbcUrl());
    config.setMaximumPoolSize(size);
    if (!options.isEmpty()) {
      config.addDataSourceProperty("options", options);
    }
    return new HikariDataSource(config);
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

  @Override
  public void close() {
    pool.close();
    server.close();
  }

  private long postmaster() {
    try {
      return Long.parseLong(
          Files.readAllLines(server.dataDirectory().resolve("postmaster.pid")).get(0).trim());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
