package io.jdbcmq.bench;

import com.zaxxer.hikari.HikariDataSource;
import io.jdbcmq.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import org.postgresql.ds.PGSimpleDataSource;

/** Where scenarios are run: a server with durable settings, connections to it, and a report. */
final class Stage implements AutoCloseable {
  private final EmbeddedPostgres server;
  private final Database database;
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
            .setting("max_wal_size", "8GB")
            .setting("checkpoint_timeout", "1h")
            .setting("shared_buffers", "512MB")
            .setting("max_connections", "300")
            .start();
    this.database = new Database(server.jdbcUrl());
    requireDurable();
    this.pool = database.pool(10, "");
    this.meter = new Meter(database.direct(), postmaster());
  }

  /** What is fast because it forgets is not what anybody asked for. */
  private void requireDurable() {
    for (String setting : List.of("fsync", "synchronous_commit", "full_page_writes")) {
      List<String> value = database.texts("select current_setting(?)", setting);
      if (!value.equals(List.of("on"))) {
        throw new IllegalStateException(setting + " must be on but is " + value);
      }
    }
  }

  boolean isQuick() {
    return quick;
  }

  EmbeddedPostgres server() {
    return server;
  }

  /** Opens a connection with each call. */
  PGSimpleDataSource direct() {
    return database.direct();
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
    Jdbcmq queue = new Jdbcmq(database, pool, pool, "bench_" + schemas);
    queue.install();
    return queue;
  }

  /** The queue that is measured by scenarios that can be run with any. */
  Subject subject() {
    return jdbcmq();
  }

  Database database() {
    return database;
  }

  @Override
  public void close() {
    pool.close();
    server.close();
  }

  /** Process id of the server. */
  long postmaster() {
    try {
      return Long.parseLong(
          Files.readAllLines(server.dataDirectory().resolve("postmaster.pid")).get(0).trim());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
