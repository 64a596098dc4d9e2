package io.jdbcmq.test;

import io.jdbcmq.JobQueue;
import io.jdbcmq.embedded.DatabaseServer;
import io.jdbcmq.embedded.EmbeddedPostgres;
import io.jdbcmq.internal.sql.SqlErrors;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.postgresql.ds.PGConnectionPoolDataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Where the queue of an extension is: a database of its own on the embedded server, else a schema
 * of its own in the database that was given.
 */
final class TestDatabase {
  private static final AtomicInteger NUMBER = new AtomicInteger();
  private static final int MAX_TRIES = 5;

  /** What belongs to a queue's installation, to live runners, or to the kit. */
  private static final List<String> KEPT =
      List.of("mq_migrations", "mq_stripes", "mq_runners", "mq_groups", "mq_test_clock");

  private final DataSource dataSource;
  private final DataSource direct;
  private final String schema;
  private final Optional<Own> own;
  private final JobQueue queue;
  private final TestJobs jobs;

  /** A database that was created for the queue. */
  private record Own(EmbeddedPostgres server, String name, ConnectionPool pool) {}

  private TestDatabase(
      DataSource dataSource,
      DataSource direct,
      String schema,
      Optional<Own> own,
      UnaryOperator<JobQueue.Builder> settings) {
    this.dataSource = dataSource;
    this.direct = direct;
    this.schema = schema;
    this.own = own;
    this.queue = settings.apply(JobQueue.builder(dataSource).direct(direct)).schema(schema).build();
    this.jobs = TestJobs.of(queue);
  }

  /** On the server that all extensions of this process share. */
  static TestDatabase onSharedServer(UnaryOperator<JobQueue.Builder> settings) {
    Optional<EmbeddedPostgres> embedded = Shared.SERVER.embedded();
    return embedded.isPresent()
        ? ownDatabase(embedded.get(), settings)
        : in(Shared.SERVER.dataSource(), settings);
  }

  /** In a schema of its own. */
  static TestDatabase in(DataSource dataSource, UnaryOperator<JobQueue.Builder> settings) {
    TestDatabase made =
        new TestDatabase(
            dataSource, dataSource, uniqueName("jdbcmq_test"), Optional.empty(), settings);
    made.migrate();
    return made;
  }

  private static TestDatabase ownDatabase(
      EmbeddedPostgres server, UnaryOperator<JobQueue.Builder> settings) {
    String name = uniqueName("test");
    server.createDatabase(name);
    PGConnectionPoolDataSource source = new PGConnectionPoolDataSource();
    source.setUrl(server.jdbcUrl(name));
    PGSimpleDataSource direct = new PGSimpleDataSource();
    direct.setUrl(server.jdbcUrl(name));
    ConnectionPool pool = new ConnectionPool(source);
    TestDatabase made =
        new TestDatabase(
            pool, direct, "jdbcmq", Optional.of(new Own(server, name, pool)), settings);
    made.migrate();
    return made;
  }

  private static String uniqueName(String prefix) {
    return "%s_%d_%d".formatted(prefix, ProcessHandle.current().pid(), NUMBER.incrementAndGet());
  }

  private void migrate() {
    queue.migrate();
    execute("making the clock movable", connection -> TestClock.install(connection, schema));
  }

  DataSource dataSource() {
    return dataSource;
  }

  String schema() {
    return schema;
  }

  JobQueue queue() {
    return queue;
  }

  TestJobs jobs() {
    return jobs;
  }

  Optional<String> jdbcUrl() {
    return own.map(database -> database.server().jdbcUrl(database.name()));
  }

  /**
   * Empties the tables of the queue and puts its clock right.
   *
   * @throws IllegalStateException if a transaction is open that has touched them
   */
  void empty() {
    jobs.clock().reset();
    execute("emptying the queue", this::truncate);
  }

  private void truncate(Connection connection) throws SQLException {
    if (own.isPresent()) {
      own.get().pool().evict();
    }
    try (Statement statement = connection.createStatement()) {
      String tables = tables(statement);
      for (int tries = 1; ; tries++) {
        try {
          statement.execute("set lock_timeout = '5s'");
          statement.execute("truncate " + tables);
          return;
        } catch (SQLException e) {
          if ("55P03".equals(e.getSQLState())) { // lock_not_available
            throw new IllegalStateException(
                "the queue in schema %s could not be emptied for the next test: a transaction is open that has touched it. Commit it or roll it back, and close its connection, in the test that began it"
                    .formatted(schema),
                e);
          }
          if (!"40P01".equals(e.getSQLState()) || tries == MAX_TRIES) { // deadlock_detected
            throw e;
          }
        } finally {
          statement.execute("reset lock_timeout");
        }
      }
    }
  }

  private String tables(Statement statement) throws SQLException {
    try (var rows =
        statement.executeQuery(
            "select quote_ident(tablename) from pg_tables where schemaname = '%s' and tablename like 'mq\\_%%' and tablename not in (%s)"
                .formatted(schema, KEPT.stream().collect(Collectors.joining("', '", "'", "'"))))) {
      StringBuilder tables = new StringBuilder();
      while (rows.next()) {
        tables.append(tables.isEmpty() ? "" : ", ");
        tables.append('"').append(schema).append("\".").append(rows.getString(1));
      }
      return tables.toString();
    }
  }

  /** Drops what was created, with all that is in it. */
  void drop() {
    if (own.isPresent()) {
      dropDatabase(own.get());
      return;
    }
    execute(
        "dropping the schema",
        connection -> {
          try (Statement statement = connection.createStatement()) {
            statement.execute("drop schema if exists \"" + schema + "\" cascade");
          }
        });
  }

  private static void dropDatabase(Own database) {
    PGSimpleDataSource server = new PGSimpleDataSource();
    server.setUrl(database.server().jdbcUrl());
    try {
      database.pool().close();
      try (Connection connection = server.getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute("drop database if exists \"" + database.name() + "\" with (force)");
      }
    } catch (SQLException e) {
      throw SqlErrors.storage("dropping the database " + database.name(), e);
    }
  }

  private void execute(String tried, Work work) {
    try (Connection connection = direct.getConnection()) {
      connection.setAutoCommit(true);
      work.run(connection);
    } catch (SQLException e) {
      throw SqlErrors.storage(tried, e);
    }
  }

  @FunctionalInterface
  private interface Work {
    void run(Connection connection) throws SQLException;
  }

  /** Started when it is first needed; it stops with this process. */
  private static final class Shared {
    // Nothing in it is to survive a crash.
    static final DatabaseServer SERVER =
        DatabaseServer.fromEnvironmentOr(
            EmbeddedPostgres.builder()
                .setting("fsync", "off")
                .setting("full_page_writes", "off")
                .setting("synchronous_commit", "off")
                .setting("max_connections", "200"));
  }
}
