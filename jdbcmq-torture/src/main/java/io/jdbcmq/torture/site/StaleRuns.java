package io.jdbcmq.torture.site;

import io.jdbcmq.torture.check.Violation.Promise;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.BiConsumer;

/**
 * Asks the functions of the schema what a run asks that has lost its lease, and sees that each
 * refuses. The runners' own code refuses most of that before it comes to the server. Changes
 * nothing: each call is rolled back.
 */
final class StaleRuns {
  private static final String REFUSED = "MQ001";
  private static final String LOCKED = "55P03";

  /** Their present token, less one, is that of a run that is over, or of none. */
  private static final String JOBS =
      "select id, token - 1 from jdbcmq.mq_jobs where token > 1 order by random() limit 5";

  private static final List<String> MUST_RAISE =
      List.of(
          "mq_complete_or_raise_v1(?, ?)",
          "mq_checkpoint_v1(?, ?, true, '0', false, null, 0)",
          "mq_snooze_or_raise_v1(?, ?, 0)",
          "mq_give_up_or_raise_v1(?, ?, 'probe')");

  private static final List<String> MUST_RETURN_NOTHING =
      List.of(
          "mq_fail_v1(array[?], array[?], array['probe'], array[false], null)",
          "mq_hand_back_v1(array[?], array[?], false, null)",
          "mq_snooze_v1(array[?], array[?], array[0], null)",
          "mq_resolve_v1(array[?], array[?])");

  private static final List<String> MUST_RETURN_THE_JOB =
      List.of("mq_complete_v1(array[?], array[?], null)", "mq_lost_v1(array[?], array[?])");

  private record Run(UUID job, int token) {}

  private StaleRuns() {}

  /**
   * Tries all functions with a few runs, in a transaction that is to be rolled back.
   *
   * @return with how many
   */
  static int probe(Connection connection, BiConsumer<Promise, String> findings)
      throws SQLException {
    try (Statement statement = connection.createStatement()) {
      List<Run> runs = runs(statement);
      for (Run run : runs) {
        for (String call : MUST_RAISE) {
          expect(connection, run, call, -1, findings);
        }
        for (String call : MUST_RETURN_NOTHING) {
          expect(connection, run, call, 0, findings);
        }
        for (String call : MUST_RETURN_THE_JOB) {
          expect(connection, run, call, 1, findings);
        }
      }
      return runs.size();
    }
  }

  private static List<Run> runs(Statement statement) throws SQLException {
    List<Run> runs = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery(JOBS)) {
      while (rows.next()) {
        runs.add(new Run(rows.getObject(1, UUID.class), rows.getInt(2)));
      }
    }
    return runs;
  }

  /**
   * Calls a function, and undoes it.
   *
   * @param expected how many rows it has to return; -1: it has to raise an error
   */
  private static void expect(
      Connection connection,
      Run run,
      String call,
      int expected,
      BiConsumer<Promise, String> findings)
      throws SQLException {
    var before = connection.setSavepoint();
    int found;
    try (PreparedStatement statement =
        connection.prepareStatement("select * from jdbcmq." + call)) {
      statement.setObject(1, run.job());
      statement.setInt(2, run.token());
      found = 0;
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          found++;
        }
      }
    } catch (SQLException e) {
      if (LOCKED.equals(e.getSQLState())) {
        connection.rollback(before);
        return;
      }
      if (!REFUSED.equals(e.getSQLState())) {
        throw e;
      }
      found = -1;
    }
    connection.rollback(before);
    if (found != expected) {
      findings.accept(
          Promise.FENCING,
          "%s accepts run %d of job %s, which is over"
              .formatted(call.substring(0, call.indexOf('(')), run.token(), run.job()));
    }
  }
}
