package io.jdbcmq.bench;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Where a queue lives: a schema of its own, and a pool of ten connections each for senders and for
 * workers, who share nothing but the database. Pools are opened when they are asked for.
 */
final class Place implements AutoCloseable {
  private static final int POOL = 10;
  private static final long SETTLE_MILLIS = 100;

  private final Database database;
  private final String schema;
  private final HikariDataSource senders;
  private final HikariDataSource workers;

  Place(Database database, String schema) {
    this.database = database;
    this.schema = schema;
    this.senders = database.poolIn(schema, POOL);
    this.workers = database.poolIn(schema, POOL);
  }

  Database database() {
    return database;
  }

  String schema() {
    return schema;
  }

  HikariDataSource senders() {
    return senders;
  }

  HikariDataSource workers() {
    return workers;
  }

  void createSchema() {
    database.execute("create schema " + schema);
  }

  void dropSchema() {
    database.execute("drop schema if exists " + schema + " cascade");
  }

  /** Runs statements with this schema as the current one. */
  void execute(String sql) {
    database.execute("set search_path = " + schema + "; " + sql);
  }

  /** Deletes all rows of the given tables at once. */
  void truncate(String... tables) {
    execute("truncate " + String.join(", ", tables));
  }

  /** Vacuums all tables, as autovacuum does now and then. */
  void vacuum() {
    List<String> tables =
        database.texts(
            "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = ?",
            schema);
    if (!tables.isEmpty()) {
      database.execute("vacuum (analyze) " + tables.stream().collect(Collectors.joining(", ")));
    }
  }

  /**
   * Lets the server know of all rows that were written: a backend that has become idle reports its
   * last ones many seconds later. Connections stay open, as new ones begin without plans.
   */
  void settleStatistics() throws InterruptedException {
    settle(senders);
    settle(workers);
    Thread.sleep(SETTLE_MILLIS); // for the backends of connections that were closed
  }

  private static void settle(HikariDataSource pool) {
    if (pool.getHikariPoolMXBean() == null) { // null: no connection has been asked for
      return;
    }
    List<Connection> all = new ArrayList<>();
    try {
      for (int i = 0; i < pool.getMaximumPoolSize(); i++) {
        all.add(pool.getConnection());
      }
      for (Connection connection : all) {
        settle(connection);
      }
    } catch (SQLException e) {
      throw new IllegalStateException("the server did not take the statistics", e);
    } finally {
      all.forEach(Place::giveBack);
    }
  }

  /** Before version 15, backends report within half a second. */
  private static void settle(Connection connection) throws SQLException {
    if (connection.getMetaData().getDatabaseMajorVersion() >= 15) {
      try (Statement statement = connection.createStatement()) {
        statement.execute("select pg_stat_force_next_flush()");
      }
    }
  }

  private static void giveBack(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      // the pool replaces it
    }
  }

  /** Dead rows of all tables. */
  long deadTuples() throws InterruptedException {
    settleStatistics();
    return Long.parseLong(
        database
            .texts(
                "select coalesce(sum(n_dead_tup), 0) from pg_stat_all_tables where schemaname = ?",
                schema)
            .get(0));
  }

  @Override
  public void close() {
    senders.close();
    workers.close();
  }
}
