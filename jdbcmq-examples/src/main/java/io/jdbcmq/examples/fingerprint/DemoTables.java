package io.jdbcmq.examples.fingerprint;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;

/** The statements on the demo's own tables, but for those of the report. */
final class DemoTables {
  private static final String RECORD_FILE =
      """
      insert into jdbcmq_demo.files (id, size, sent_at, job_id, uri)
      values (?, ?, clock_timestamp(), ?, ?)
      """;

  // One clock, the server's: its time now, less the time that has passed since the start.
  private static final String STORE_RESULT =
      """
      insert into jdbcmq_demo.results
        (file_id, pid, started_at, stored_at, attempt, runner, sha256, problem)
      values
        (?, ?, clock_timestamp() - ? * interval '1 microsecond', clock_timestamp(), ?, ?, ?, ?)
      """;

  private static final String ADD_RUNNER =
      "insert into jdbcmq_demo.runners (pid, started_at, name) values (?, clock_timestamp(), ?)";

  private static final String MARK_KILLED =
      "update jdbcmq_demo.runners set killed_at = clock_timestamp() where name = ?";

  private static final String FREE_CONNECTIONS =
      """
      select current_setting('max_connections')::int
        - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true)::int, 0)
        - (select count(*) from pg_stat_activity where backend_type = 'client backend')
      """;

  private DemoTables() {}

  /** Records files under consecutive ids, each with the job that was sent for it. */
  static void record(Connection connection, long firstId, List<SourceFile> files, List<UUID> jobs)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(RECORD_FILE)) {
      for (int i = 0; i < files.size(); i++) {
        statement.setLong(1, firstId + i);
        statement.setLong(2, files.get(i).size());
        statement.setObject(3, jobs.get(i));
        statement.setString(4, files.get(i).uri());
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }

  static void store(Connection connection, Result result) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(STORE_RESULT)) {
      statement.setLong(1, result.fileId());
      statement.setLong(2, ProcessHandle.current().pid());
      statement.setLong(3, result.took().dividedBy(ChronoUnit.MICROS.getDuration()));
      statement.setInt(4, result.attempt());
      statement.setString(5, result.runner());
      statement.setObject(6, result.fingerprint().sha256().orElse(null), Types.VARCHAR);
      statement.setObject(7, result.fingerprint().problem().orElse(null), Types.VARCHAR);
      statement.executeUpdate();
    }
  }

  /** Says that the runner of this process is ready. */
  static void addRunner(Connection connection, String name) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(ADD_RUNNER)) {
      statement.setLong(1, ProcessHandle.current().pid());
      statement.setString(2, name);
      statement.executeUpdate();
    }
  }

  static void markKilled(Connection connection, String name) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(MARK_KILLED)) {
      statement.setString(1, name);
      statement.executeUpdate();
    }
  }

  static long countRunners(Connection connection) throws SQLException {
    return number(connection, "select count(*) from jdbcmq_demo.runners");
  }

  static long countResults(Connection connection) throws SQLException {
    return number(connection, "select count(*) from jdbcmq_demo.results");
  }

  /** How many connections the server would still accept. */
  static long freeConnections(Connection connection) throws SQLException {
    return number(connection, FREE_CONNECTIONS);
  }

  /** A setting of the server. */
  static String setting(Connection connection, String name) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement("select current_setting(?)")) {
      statement.setString(1, name);
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        return rows.getString(1);
      }
    }
  }

  private static long number(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    }
  }
}
