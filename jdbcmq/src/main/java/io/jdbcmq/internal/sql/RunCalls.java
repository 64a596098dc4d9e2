package io.jdbcmq.internal.sql;

import io.jdbcmq.internal.sql.Database.Binder;
import io.jdbcmq.job.LeaseLostException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;

/**
 * Calls about one run, in the transaction of the connection. Each throws {@link LeaseLostException}
 * if the run is not the current one; the transaction can then not commit. Thread-safe.
 */
public final class RunCalls {
  private final String complete;
  private final String checkpoint;
  private final String snooze;
  private final String giveUp;

  /** Calls in this schema. */
  public RunCalls(Schema schema) {
    complete = schema.select("mq_complete_or_raise_v1(?, ?)");
    checkpoint = schema.select("mq_checkpoint_v1(?, ?, ?, ?, ?, ?, ?)");
    snooze = schema.select("mq_snooze_or_raise_v1(?, ?, ?)");
    giveUp = schema.select("mq_give_up_or_raise_v1(?, ?, ?)");
  }

  /** Completes the job. */
  public void complete(Connection connection, RunKey run) throws SQLException {
    call(connection, "completing", run, complete, statement -> {});
  }

  /** Saves progress of the job. */
  public void checkpoint(Connection connection, RunKey run, Progress progress) throws SQLException {
    call(
        connection,
        "saving a checkpoint of",
        run,
        checkpoint,
        statement -> {
          statement.setBoolean(3, progress.changesJson());
          statement.setString(4, progress.json().orElse(null));
          statement.setBoolean(5, progress.changesBytes());
          statement.setBytes(6, progress.bytes().orElse(null));
          statement.setInt(7, progress.extraRetries());
        });
  }

  /** Puts the job off, from now on, without using an attempt. */
  public void snooze(Connection connection, RunKey run, Duration delay) throws SQLException {
    call(connection, "snoozing", run, snooze, statement -> statement.setLong(3, delay.toMillis()));
  }

  /** Makes the job a dead letter. */
  public void giveUp(Connection connection, RunKey run, String reason) throws SQLException {
    call(connection, "giving up", run, giveUp, statement -> statement.setString(3, reason));
  }

  private static void call(Connection connection, String tried, RunKey run, String sql, Binder more)
      throws SQLException {
    try {
      Database.call(
          connection,
          sql,
          statement -> {
            statement.setObject(1, run.id());
            statement.setInt(2, run.token());
            more.bind(statement);
          },
          ResultSet::next);
    } catch (SQLException e) {
      if (SqlErrors.isLeaseLost(e)) {
        throw new LeaseLostException(run.id(), tried);
      }
      throw e;
    }
  }
}
