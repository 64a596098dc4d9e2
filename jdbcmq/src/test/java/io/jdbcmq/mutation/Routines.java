package io.jdbcmq.mutation;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Reads the functions of the schema that is first in the search path. */
final class Routines {
  // Left out: what migrations call, the clock, which has no PL/pgSQL, and what is read by people
  // only.
  private static final String TEXT =
      """
      select routine.proname, routine.oid::regprocedure::text, pg_get_functiondef(routine.oid), routine.prosrc,
             quote_ident(current_schema()),
             exists (select from unnest(routine.proconfig) as setting (text) where setting.text like 'search_path=%')
      from pg_proc as routine
      join pg_language as language on language.oid = routine.prolang
      where routine.pronamespace = current_schema()::regnamespace
        and language.lanname = 'plpgsql'
        and routine.proname like 'mq\\_%'
        and routine.proname not in ('mq_finish_migration', 'mq_percent', 'mq_stats_v1', 'mq_vacuum_v1')
      order by routine.proname
      """;

  private static final Pattern SEARCH_PATH = Pattern.compile("(?m)^ SET search_path TO .*\n");

  private Routines() {}

  static List<Routine> read(Connection connection) throws SQLException {
    List<Routine> routines = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(TEXT)) {
      while (rows.next()) {
        String definition = rows.getString(3);
        String body = rows.getString(4);
        int at = definition.lastIndexOf(body);
        String head = SEARCH_PATH.matcher(definition.substring(0, at)).replaceFirst("");
        routines.add(
            new Routine(
                rows.getString(1),
                rows.getString(2),
                head.replaceFirst(
                    "FUNCTION " + Pattern.quote(rows.getString(5)) + "\\.", "FUNCTION "),
                body,
                definition.substring(at + body.length()).stripTrailing(),
                rows.getBoolean(6)));
      }
    }
    return routines;
  }

  /**
   * The mutants that the server takes; the others would be found by any call.
   *
   * @param connection in a transaction, which is as it was afterwards
   */
  static List<Mutant> mutants(Connection connection) throws SQLException {
    List<Mutant> mutants = new ArrayList<>();
    for (Routine routine : read(connection)) {
      for (Mutant mutant : routine.mutants()) {
        if (isTaken(connection, mutant)) {
          mutants.add(mutant);
        }
      }
    }
    return mutants;
  }

  private static boolean isTaken(Connection connection, Mutant mutant) throws SQLException {
    Savepoint before = connection.setSavepoint();
    try (Statement statement = connection.createStatement()) {
      statement.execute(mutant.sql());
      return true;
    } catch (SQLException e) {
      return false;
    } finally {
      connection.rollback(before);
    }
  }
}
