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

/** Reads, with {@code catalogue.sql}, what a schema consists of, so that two can be compared. */
public final class Catalogue {
  private static final String TEXT = text();

  private Catalogue() {}

  /** A line for each property of what the queue has in a schema, whose own name is left out. */
  public static List<String> of(DataSource dataSource, String schema) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("set search_path = \"" + schema + "\", pg_temp");
      try (ResultSet rows = statement.executeQuery(TEXT)) {
        List<String> lines = new ArrayList<>();
        while (rows.next()) {
          lines.add(rows.getString("line"));
        }
        return lines;
      }
    }
  }

  private static String text() {
    try (InputStream stream = Catalogue.class.getResourceAsStream("/catalogue.sql")) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
