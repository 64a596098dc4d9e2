package io.jdbcmq.internal.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.postgresql.PGConnection;
import org.postgresql.jdbc.PreferQueryMode;

/**
 * Refuses drivers and settings with which bound values become part of the text of a statement: in
 * the query mode {@code simple} the driver writes them there itself, and did it wrong before 42.7.2
 * (CVE-2024-1597).
 */
public final class DriverCheck {
  private static final String NOT_SUPPORTED = "0A000";
  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+)\\.(\\d+).*");
  private static final long MINIMUM = number(42, 7, 2);

  private DriverCheck() {}

  /**
   * Checks the driver of a connection and its query mode. No round trip. A wrapper that hides the
   * driver is taken as it is.
   *
   * @throws SQLException with SQLSTATE 0A000 if it is refused
   */
  public static void require(Connection connection) throws SQLException {
    if (!connection.isWrapperFor(PGConnection.class)) {
      return;
    }
    if (connection.unwrap(PGConnection.class).getPreferQueryMode() == PreferQueryMode.SIMPLE) {
      throw new SQLException(
          "the connection has preferQueryMode=simple, which puts values into the text of statements:"
              + " leave the setting out; behind a pooler, prepareThreshold=0 does what is needed",
          NOT_SUPPORTED);
    }
    String version = connection.getMetaData().getDriverVersion();
    if (isTooOld(version)) {
      throw new SQLException(
          "the PostgreSQL driver has version " + version + ", but 42.7.2 or later is needed",
          NOT_SUPPORTED);
    }
  }

  /** Whether this version is known and too old. */
  static boolean isTooOld(String version) {
    Matcher parts = VERSION.matcher(version);
    return parts.matches() && number(part(parts, 1), part(parts, 2), part(parts, 3)) < MINIMUM;
  }

  private static int part(Matcher parts, int group) {
    String digits = parts.group(group);
    return digits.length() > 6 ? 999_999 : Integer.parseInt(digits);
  }

  private static long number(int major, int minor, int patch) {
    return (major * 1_000_000L + minor) * 1_000_000L + patch;
  }
}
