package io.jdbcmq.torture.site;

import io.jdbcmq.torture.check.Violation.Promise;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Tries with a few jobs of its own whether each function of the schema does what it promises, and
 * whether the tables fit together afterwards. Changes nothing: all of it is rolled back, and nobody
 * else has seen it.
 */
final class Contract {
  /** Functions in files of their names. */
  private static final List<String> FUNCTIONS = List.of("contract", "contract_channels");

  private static final List<String> TEXTS = FUNCTIONS.stream().map(Contract::text).toList();

  private Contract() {}

  /**
   * Tries it once, in the transaction of the connection, which is to be rolled back.
   *
   * @param audit a query that finds tables that do not fit together
   * @param findings told what is not as it should be
   */
  static void probe(Connection connection, String audit, BiConsumer<Promise, String> findings)
      throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String text : TEXTS) {
        statement.execute(text);
      }
      for (String function : FUNCTIONS) {
        try (ResultSet rows = statement.executeQuery("select pg_temp." + function + "()")) {
          while (rows.next()) {
            String[] found = rows.getString(1).split(": ", 2);
            findings.accept(Promise.valueOf(found[0]), found[1]);
          }
        }
      }
      try (ResultSet rows = statement.executeQuery(audit)) {
        while (rows.next()) {
          findings.accept(Promise.STRUCTURE, rows.getString(1) + ": " + rows.getString(2));
        }
      }
    }
  }

  private static String text(String function) {
    try (InputStream sql = Contract.class.getResourceAsStream(function + ".sql")) {
      return new String(sql.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
