package io.jdbcmq.testing;

import java.io.IOException;
import java.io.InputStream;
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
  private Audit() {}

  /** What is wrong with a schema; empty if nothing is. */
  public static List<String> findings(DataSource dataSource, String schema)
      throws SQLException, IOException {
    List<String> findings = new ArrayList<>();
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("set search_path = \"" + schema + "\", pg_temp");
      connection.setAutoCommit(false);
      // One snapshot for all queries: jobs move while they are counted.
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      try (ResultSet rows = statement.executeQuery(text())) {
        while (rows.next()) {
          findings.add(rows.getString("rule") + ": " + rows.getString("subject"));
        }
      }
      connection.rollback();
    }
    return findings;
  }

  private static String text() throws IOException {
    try (InputStream stream = Audit.class.getResourceAsStream("/audit.sql")) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
