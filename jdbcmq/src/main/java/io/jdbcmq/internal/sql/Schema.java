package io.jdbcmq.internal.sql;

import java.util.regex.Pattern;

/**
 * The schema that holds the queue. The only name that is ever put into SQL text: all else is bound.
 *
 * @param name lower-case letters, digits and underscores, 1 to 41 characters
 */
public record Schema(String name) {
  private static final Pattern VALID = Pattern.compile("[a-z_][a-z0-9_]{0,40}");

  /** Checks the name. */
  public Schema {
    if (!VALID.matcher(name).matches() || name.startsWith("pg_")) {
      throw new IllegalArgumentException(
          "schema must be 1 to 41 lower-case letters, digits and underscores, not begin with a"
              + " digit or pg_, but was "
              + name);
    }
  }

  String quoted() {
    return '"' + name + '"';
  }

  /** A call of a function of the schema. */
  String select(String call) {
    return "select * from " + quoted() + "." + call;
  }
}
