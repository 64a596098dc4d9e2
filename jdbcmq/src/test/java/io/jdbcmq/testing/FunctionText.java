package io.jdbcmq.testing;

import java.sql.SQLException;

/** The text of a function in a test's schema, which a test changes to see what happens then. */
public final class FunctionText {
  private final TestSchema db;
  private final String function;

  public FunctionText(TestSchema db, String function) {
    this.db = db;
    this.function = function;
  }

  /** Puts another text in the place of one, which has to be there exactly once. */
  public void replace(String text, String by) throws SQLException {
    String old = db.query("select pg_get_functiondef('" + function + "'::regproc)").get(0);
    int at = old.indexOf(text);
    if (at < 0 || old.indexOf(text, at + 1) >= 0) {
      throw new OtherText(
          "%s has to have this text exactly once: %s%nbut is: %s".formatted(function, text, old));
    }
    db.execute(old.replace(text, by));
  }

  /** The text is not there: the function has changed, and the test no longer fits. */
  public static final class OtherText extends AssertionError {
    private static final long serialVersionUID = 1L;

    OtherText(String message) {
      super(message);
    }
  }
}
