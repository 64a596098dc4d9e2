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

/** Runs {@code conventions.sql}: queries that find nothing where all objects are made as agreed. */
public final class Conventions {
  private static final String TEXT = text();

  private Conventions() {}

  /** What the schema that is first in the search path does not keep to, as "rule: object". */
  public static List<String> findings(Connection connection) throws SQLException {
    List<String> findings = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(TEXT)) {
      while (rows.next()) {
        findings.add(rows.getString("rule") + ": " + rows.getString("subject"));
      }
    }
    return findings;
  }

  private static String text() {
    try (InputStream stream = Conventions.class.getResourceAsStream("/conventions.sql")) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
