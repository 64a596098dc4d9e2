package io.jdbcmq.examples.fingerprint;

import io.jdbcmq.embedded.DatabaseServer;
import io.jdbcmq.embedded.EmbeddedPostgres;
import io.jdbcmq.embedded.EmbeddedPostgresBuilder;
import io.jdbcmq.job.JobQueueException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.postgresql.ds.PGSimpleDataSource;

/** The server that the demo runs on: embedded, or the one that the environment names. */
final class DemoServer implements AutoCloseable {
  private static final int MAX_CONCURRENCY = 20;

  /** What a runner needs beside a connection for each job that it runs. */
  private static final int CONNECTIONS_OF_RUNNER = 5;

  private static final int CONNECTIONS_OF_DEMO = 5;

  private final DatabaseServer server;
  private final PGSimpleDataSource source;

  private DemoServer(DatabaseServer server, PGSimpleDataSource source) {
    this.server = server;
    this.source = source;
  }

  /**
   * Starts the embedded server, unless the environment names one.
   *
   * @param runners processes that will run jobs at the same time
   * @param data where to keep the data of the embedded server; empty: nowhere
   */
  static DemoServer start(int runners, Optional<Path> data) {
    int connections = CONNECTIONS_OF_DEMO * 3 + runners * (MAX_CONCURRENCY + CONNECTIONS_OF_RUNNER);
    EmbeddedPostgresBuilder builder =
        EmbeddedPostgres.builder().setting("max_connections", Integer.toString(connections));
    data.ifPresent(builder::dataDirectory);
    DatabaseServer server = DatabaseServer.fromEnvironmentOr(builder);
    try {
      PGSimpleDataSource source = server.dataSource();
      source.setApplicationName("jdbcmq demo");
      source.setReWriteBatchedInserts(true);
      return new DemoServer(server, source);
    } catch (IllegalArgumentException e) {
      throw new BadInputException("JDBCMQ_URL is not a JDBC URL of PostgreSQL");
    }
  }

  DatabaseServer server() {
    return server;
  }

  PGSimpleDataSource source() {
    return source;
  }

  /** Something to do first with a server, which may not let us. */
  interface Step<T> {
    T run() throws SQLException;
  }

  /**
   * Runs this.
   *
   * @throws BadInputException if the server that the environment names refuses it
   */
  <T> T prepare(Step<T> step) throws SQLException {
    try {
      return step.run();
    } catch (SQLException | JobQueueException e) {
      if (server.isEmbedded()) {
        throw e;
      }
      throw new BadInputException("the server of JDBCMQ_URL cannot be used: " + e.getMessage());
    }
  }

  /** Which server this is and how durable it is; without user and password. */
  String description(Connection connection) throws SQLException {
    return "PostgreSQL %s, %s, fsync %s, synchronous_commit %s"
        .formatted(
            DemoTables.setting(connection, "server_version"),
            server.isEmbedded() ? "embedded" : "of JDBCMQ_URL (" + address() + ")",
            DemoTables.setting(connection, "fsync"),
            DemoTables.setting(connection, "synchronous_commit"));
  }

  private String address() {
    return Text.printable(
        "%s:%d, database %s"
            .formatted(
                source.getServerNames()[0], source.getPortNumbers()[0], source.getDatabaseName()));
  }

  /**
   * How many jobs each runner can run at once, with the connections that the server has left.
   *
   * @throws BadInputException if there are too few of them
   */
  int concurrency(Connection connection, int runners) throws SQLException {
    long free = DemoTables.freeConnections(connection) - CONNECTIONS_OF_DEMO;
    long each = free / runners - CONNECTIONS_OF_RUNNER;
    if (each < 1) {
      throw new BadInputException(
          "the server has %d connections left, %d runners need %d: use fewer runners"
              .formatted(free, runners, (CONNECTIONS_OF_RUNNER + 1) * runners));
    }
    return (int) Math.min(each, MAX_CONCURRENCY);
  }

  /** How to look at what was kept. */
  List<String> whereToLook() {
    return server
        .embedded()
        .map(
            postgres ->
                List.of(
                    "Kept: " + postgres.dataDirectory() + " (the server is stopped now).",
                    "To look at it, with the programs of PostgreSQL " + postgres.version() + ":",
                    "  pg_ctl -D %s -o '-p %d -k /tmp' start   (as the owner of the directory)"
                        .formatted(postgres.dataDirectory(), postgres.port()),
                    "  psql '%s' -c 'table jdbcmq_demo.results limit 10'"
                        .formatted(postgres.jdbcUrl().replace("jdbc:", ""))))
        .orElseGet(
            () ->
                List.of(
                    "Kept: schema jdbcmq_demo on the server of JDBCMQ_URL; the next demo drops it.",
                    "To look at it: table jdbcmq_demo.results"));
  }

  @Override
  public void close() {
    server.close();
  }
}
