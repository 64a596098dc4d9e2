package io.jdbcmq.internal.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.UUID;

/** Calls that end and extend reservations. Thread-safe. */
public final class ReserveCalls {
  private final String commit;
  private final String extend;

  /** Calls in this schema. */
  public ReserveCalls(Schema schema) {
    commit = schema.select("mq_commit_v1(?)");
    extend = schema.select("mq_extend_v1(?, ?)");
  }

  /** Commits reservations, and returns the ids of those it found in time. */
  public Set<UUID> commit(Connection connection, Collection<UUID> ids) throws SQLException {
    return Database.call(connection, commit, statement -> Ids.bind(statement, 1, ids), Ids::read);
  }

  /** Lets a reservation end so long from now; false: there is none. */
  public boolean extend(Connection connection, UUID id, Duration reserve) throws SQLException {
    return Database.call(
        connection,
        extend,
        statement -> {
          statement.setObject(1, id);
          statement.setLong(2, reserve.toMillis());
        },
        rows -> rows.next() && rows.getBoolean(1));
  }
}
