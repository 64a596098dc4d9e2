package io.jdbcmq.torture.plant;

import java.sql.Connection;
import java.sql.SQLException;

/** Something wrong that is built into a schema, to be found. */
public sealed interface Defect permits Plant, Script {
  /** Builds it in. */
  void into(Connection connection, String schema) throws SQLException;
}
