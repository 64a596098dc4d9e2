package io.jdbcmq.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** Runs {@code audit.sql}: queries that find nothing in a sound schema. */
public final class Audit {
  private static final String TEXT = text();

  private Audit() {}

  /** The queries. */
  public static String sql() {
    return TEXT;
  }

  /** What is wrong with a schema; empty if nothing is. */
  public static List<String> findings(DataSource dataSource, String schema) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("set search_path = \"" + schema + "\", pg_temp");
      return findings(connection);
    }
  }

  /** What is wrong with the schema that is first in the search path. */
  public static List<String> findings(Connection connection) throws SQLException {
    List<String> findings = new ArrayList<>();
    // One statement, so one snapshot: jobs move while they are counted.
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(TEXT)) {
      while (rows.next()) {
        findings.add(rows.getString("rule") + ": " + rows.getString("subject"));
      }
    }
    return findings;
  }

  private static String text() {
    try (InputStream stream = Audit.class.getResourceAsStream("/io/jdbcmq/audit.sql")) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
