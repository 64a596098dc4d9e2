package io.jdbcmq.internal.sql;

import io.jdbcmq.job.CancelResult;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/** The call of {@code mq_cancel_v1}. Thread-safe. */
public final class CancelCalls {
  private final String cancel;

  /** Calls in this schema. */
  public CancelCalls(Schema schema) {
    cancel = schema.select("mq_cancel_v1(?)");
  }

  /** Deletes live jobs; returns what became of each id, in their order. */
  public Map<UUID, CancelResult> cancel(Connection connection, Collection<UUID> ids)
      throws SQLException {
    Map<UUID, CancelResult> results = new LinkedHashMap<>();
    for (UUID id : ids) {
      results.put(id, CancelResult.NOT_LIVE);
    }
    return Database.call(
        connection,
        cancel,
        statement -> Ids.bind(statement, 1, ids),
        rows -> {
          while (rows.next()) {
            results.put(
                rows.getObject("id", UUID.class),
                rows.getBoolean("was_running")
                    ? CancelResult.WAS_RUNNING
                    : CancelResult.WAS_WAITING);
          }
          return results;
        });
  }
}
