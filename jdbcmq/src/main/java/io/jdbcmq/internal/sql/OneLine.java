package io.jdbcmq.internal.sql;

import java.util.regex.Pattern;

/**
 * Names of users as they appear in messages and logs: a sender could else write lines of its own
 * into the log of a runner, or move the cursor of whoever reads it.
 */
public final class OneLine {
  private static final Pattern UNSAFE = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]");

  private OneLine() {}

  /** The text with a question mark for each character that controls instead of being seen. */
  public static String of(String text) {
    return UNSAFE.matcher(text).replaceAll("?");
  }
}
