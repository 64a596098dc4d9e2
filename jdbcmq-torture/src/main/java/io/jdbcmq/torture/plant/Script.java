package io.jdbcmq.torture.plant;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A defect of the user's own.
 *
 * @param sql run once in the schema, which is the search path
 */
public record Script(String sql) implements SqlDefect {
  @Override
  public void into(Connection connection, String schema) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("set local search_path = \"" + schema + "\", pg_temp");
      statement.execute(sql);
    }
    connection.commit();
  }
}
