package io.jdbcmq.internal.sql;

/** Placeholder until the checker lands. */
public final class JsonText {
  private JsonText() {}

  /** Checks. */
  public static void check(String json) {}
}
