package io.jdbcmq.internal.sql;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.UUID;

/** What it takes to claim one job out of turn, in tests. Thread-safe. */
public final class InlineCalls {
  private final String lockOthers;

  /** Calls in this schema. */
  public InlineCalls(Schema schema) {
    lockOthers =
        "select from "
            + schema.quoted()
            + ".mq_ready where channel_name = ? and job_id <> ? for update";
  }

  /**
   * Locks all ready jobs of a channel group but this one, until the end of the transaction: claims
   * skip what is locked.
   */
  public void lockOthers(Connection connection, String channelName, UUID id) throws SQLException {
    Database.call(
        connection,
        lockOthers,
        statement -> {
          statement.setString(1, channelName);
          statement.setObject(2, id);
        },
        ResultSet::next);
  }
}
