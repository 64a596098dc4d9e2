package io.jdbcmq.torture.plant;

import java.sql.Connection;
import java.sql.SQLException;

/** One that is built into a schema. */
public sealed interface SqlDefect extends Defect permits Plant, Script {
  /** Builds it in. */
  void into(Connection connection, String schema) throws SQLException;
}
