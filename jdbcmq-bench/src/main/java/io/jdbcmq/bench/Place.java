package io.jdbcmq.bench;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Where a queue lives: a schema of its own, and a pool of ten connections each for senders and for
 * workers, who share nothing but the database. Pools are opened when they are asked for.
 */
final class Place implements AutoCloseable {
  private static final int POOL = 10;

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
   * Lets the server know of all rows that were written: a backend reports its last ones when it
   * ends, or many seconds later. So all are ended.
   */
  void settleStatistics() throws InterruptedException {
    evict(senders);
    evict(workers);
    Thread.sleep(250); // eviction does not wait for the backend's end
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

  private static void evict(HikariDataSource pool) {
    HikariPoolMXBean running = pool.getHikariPoolMXBean();
    if (running != null) { // null: no connection has been asked for
      running.softEvictConnections();
    }
  }

  @Override
  public void close() {
    senders.close();
    workers.close();
  }
}
