package io.jdbcmq.torture.plant;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A defect of the user's own.
 *
 * @param name as the user knows it
 * @param sql run once in the schema, which is the search path
 */
public record Script(String name, String sql) implements SqlDefect {
  /**
   * {@inheritDoc}
   *
   * @throws PlantException if the server refuses it
   */
  @Override
  public void into(Connection connection, String schema) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("set local search_path = \"" + schema + "\", pg_temp");
      execute(statement);
    }
    connection.commit();
  }

  private void execute(Statement statement) {
    try {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new PlantException(
          "the server refused %s: %s; correct the script".formatted(name, e.getMessage()), e);
    }
  }
}
