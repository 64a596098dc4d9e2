package io.jdbcmq.testing;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/** Moves the clock of a test's queue, for all of its sessions. */
public final class TestClock {
  private final Connection connection;

  /** Puts this clock in the place of the server's. */
  public TestClock(TestSchema db) throws SQLException {
    connection = db.session();
    execute("set synchronous_commit = off");
    execute("create table test_clock as select interval '0' as shift");
    execute(
        """
        create or replace function mq_now() returns timestamptz language sql volatile
        as 'select pg_catalog.clock_timestamp() + (select shift from %s.test_clock)'
        """
            .formatted(db.name()));
  }

  public void advance(Duration by) throws SQLException {
    execute(
        "update test_clock set shift = shift + %d * interval '1 millisecond'"
            .formatted(by.toMillis()));
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
