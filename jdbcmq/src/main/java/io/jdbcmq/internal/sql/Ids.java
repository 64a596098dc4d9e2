package io.jdbcmq.internal.sql;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/** Ids of jobs as parameters and as answers. */
final class Ids {
  private Ids() {}

  static void bind(PreparedStatement statement, int position, Collection<UUID> ids)
      throws SQLException {
    statement.setArray(position, statement.getConnection().createArrayOf("uuid", ids.toArray()));
  }

  /** The first column of all rows. */
  static Set<UUID> read(ResultSet rows) throws SQLException {
    Set<UUID> ids = new HashSet<>();
    while (rows.next()) {
      ids.add(rows.getObject(1, UUID.class));
    }
    return ids;
  }
}
