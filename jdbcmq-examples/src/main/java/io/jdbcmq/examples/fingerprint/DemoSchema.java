package io.jdbcmq.examples.fingerprint;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/**
 * The schema that holds the demo's tables and its queue. Everything the demo writes is in it, so
 * that a server which is used for other things too is left as it was.
 *
 * <p>A comment marks the schema as the demo's own: one without it is never touched. A lock keeps
 * two demos on one server apart, for as long as the connection lives.
 */
final class DemoSchema implements AutoCloseable {
  static final String NAME = "jdbcmq_demo";
  private static final String MARKER = "Made by the jdbcmq demo, which drops and makes it anew.";
  private static final int LOCK = 0x6a6d71; // any number that nobody else is likely to take

  private static final String TABLES =
      """
      create table jdbcmq_demo.files (
        id bigint not null,
        size bigint not null,
        sent_at timestamptz not null,
        job_id uuid not null,
        uri text not null,
        constraint files_pkey primary key (id)
      );
      comment on table jdbcmq_demo.files is 'Files to fingerprint; a row commits with its job.';

      create table jdbcmq_demo.results (
        file_id bigint not null,
        pid bigint not null,
        started_at timestamptz not null,
        stored_at timestamptz not null,
        attempt int not null,
        runner text not null,
        sha256 text,
        problem text,
        constraint results_either check (num_nonnulls(sha256, problem) = 1)
      );
      comment on table jdbcmq_demo.results is
        'Fingerprints. Without a unique key on purpose: a job that took effect twice has two rows.';

      create table jdbcmq_demo.runners (
        pid bigint not null,
        started_at timestamptz not null,
        killed_at timestamptz,
        name text not null,
        constraint runners_pkey primary key (name)
      );
      comment on table jdbcmq_demo.runners is 'Processes that run jobs.';
      """;

  private final Connection connection;
  private final boolean keep;

  private DemoSchema(Connection connection, boolean keep) {
    this.connection = connection;
    this.keep = keep;
  }

  /**
   * Makes the schema anew, with the demo's tables but without those of the queue.
   *
   * @param keep whether it stays when this is closed
   * @throws BadInputException if a schema of that name is not the demo's, or is in use
   */
  static DemoSchema create(DataSource dataSource, boolean keep) throws SQLException {
    Connection connection = dataSource.getConnection();
    try {
      lock(connection);
      refuseForeign(connection);
      try (Statement statement = connection.createStatement()) {
        statement.execute("drop schema if exists jdbcmq_demo cascade");
        statement.execute("create schema jdbcmq_demo");
        statement.execute("comment on schema jdbcmq_demo is '" + MARKER + "'");
        statement.execute(TABLES);
      }
      return new DemoSchema(connection, keep);
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  private static void lock(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select pg_try_advisory_lock(" + LOCK + ")")) {
      rows.next();
      if (!rows.getBoolean(1)) {
        throw new BadInputException("another demo is running in this database: wait for its end");
      }
    }
  }

  private static void refuseForeign(Connection connection) throws SQLException {
    String sql =
        "select coalesce(obj_description(oid, 'pg_namespace'), '') from pg_namespace"
            + " where nspname = ?";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, NAME);
      try (ResultSet rows = statement.executeQuery()) {
        if (rows.next() && !rows.getString(1).equals(MARKER)) {
          throw new BadInputException(
              "the database has a schema jdbcmq_demo that is not the demo's: use another database");
        }
      }
    }
  }

  /** Drops the schema unless it is kept. */
  @Override
  public void close() throws SQLException {
    try (connection) {
      if (!keep) {
        try (Statement statement = connection.createStatement()) {
          statement.execute("set statement_timeout = '30s'");
          statement.execute("drop schema if exists jdbcmq_demo cascade");
        }
      }
    }
  }
}
