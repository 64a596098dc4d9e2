package io.jdbcmq.testing;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A place between two statements of a function at which chosen sessions wait until the test lets
 * them go on, so that others can act between the snapshots of these statements.
 */
public final class Pause {
  private final Stepper.Session gate;
  private final int key;

  /**
   * Closes the gate.
   *
   * @param statement the text before which to wait, which has to be in the function exactly once
   */
  public Pause(TestSchema db, Stepper stepper, String function, String statement) throws Exception {
    this.key = db.name().hashCode();
    this.gate = stepper.session();
    new FunctionText(db, function)
        .replace(
            statement,
            """
            if current_setting('test.pause', true) = 'on' then
              perform pg_advisory_xact_lock_shared(%d);
            end if;
            """
                    .formatted(key)
                + statement);
    gate.run(c -> execute(c, "select pg_advisory_xact_lock(" + key + ")"));
  }

  /** Has its session wait here. */
  public Stepper.Session session(Stepper stepper) throws Exception {
    Stepper.Session session = stepper.session();
    session.run(c -> execute(c, "set test.pause = on"));
    session.commit();
    return session;
  }

  /** Opens the gate. */
  public void open() throws Exception {
    gate.commit();
  }

  private static boolean execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return statement.execute(sql);
    }
  }
}
