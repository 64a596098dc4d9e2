package io.jdbcmq;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.testing.TestSchema;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The examples of the page on the SQL API, as they stand there. */
class SqlPageIT {
  private static final Path PAGE = Path.of("..", "docs", "reference", "sql.md");
  private static final Pattern BLOCK = Pattern.compile("```sql\n(.*?)```", Pattern.DOTALL);

  /** A statement up to the semicolon at the end of a line, and what the page says it returns. */
  private static final Pattern STATEMENT =
      Pattern.compile("(.+?);(?:[ ]+-- →(.*?))?\n(?!\\s*(?:return|end))", Pattern.DOTALL);

  @RegisterExtension final TestSchema db = new TestSchema();

  @Test
  void eachExampleReturnsWhatThePageSays() throws Exception {
    String page = Files.readString(PAGE);
    List<String> wrong = new ArrayList<>();
    int compared = 0;
    try (Connection connection = db.session()) {
      Matcher block = BLOCK.matcher(page);
      while (block.find()) {
        Matcher statement = STATEMENT.matcher(block.group(1));
        while (statement.find()) {
          String sql = statement.group(1).strip();
          String found = run(connection, sql);
          if (statement.group(2) != null || found.startsWith("ERROR")) {
            compared++;
            String expected = statement.group(2) == null ? "" : statement.group(2).strip();
            if (!found.equals(expected)) {
              wrong.add("%s returned «%s», not «%s»".formatted(sql, found, expected));
            }
          }
        }
      }
    }

    assertThat(wrong).isEmpty();
    assertThat(compared).as("examples whose answer the page tells").isGreaterThan(25);
  }

  private String run(Connection connection, String sql) throws SQLException {
    String here = sql.startsWith("set search_path") ? "select 1 where false" : sql;
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      boolean rows = statement.execute(here.replace("jdbcmq.mq_", db.name() + ".mq_"));
      return rows ? text(statement.getResultSet()) : "";
    } catch (SQLException e) {
      return e.getMessage().lines().findFirst().orElseThrow();
    }
  }

  private static String text(ResultSet rows) throws SQLException {
    int columns = rows.getMetaData().getColumnCount();
    List<String> lines = new ArrayList<>();
    while (rows.next()) {
      lines.add(
          IntStream.rangeClosed(1, columns).mapToObj(i -> value(rows, i)).collect(joining(" | ")));
    }
    return String.join("\n", lines);
  }

  private static String value(ResultSet rows, int column) {
    try {
      Object value = rows.getObject(column);
      return value == null ? "" : value.toString();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
