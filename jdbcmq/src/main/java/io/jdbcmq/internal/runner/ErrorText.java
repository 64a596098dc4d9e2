package io.jdbcmq.internal.runner;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.regex.Pattern;

/** What is kept of the error of an attempt. */
final class ErrorText {
  private static final int MAX_LENGTH = 8 * 1024;

  /** NUL and halves of surrogate pairs cannot be stored; escape sequences could fool a terminal. */
  private static final Pattern UNSAFE = Pattern.compile("[\\p{Cc}\\p{Cs}&&[^\\n\\t]]");

  private ErrorText() {}

  /** The stack trace, cleaned and cut to 8,192 characters. */
  static String of(Throwable error) {
    StringWriter text = new StringWriter();
    try {
      error.printStackTrace(new PrintWriter(text, true));
    } catch (RuntimeException e) {
      return error.getClass().getName() + ", which cannot describe itself";
    }
    return of(text.toString());
  }

  /** A message, cleaned and cut to 8,192 characters. */
  static String of(String message) {
    String cut = message.length() > MAX_LENGTH ? message.substring(0, MAX_LENGTH) : message;
    return UNSAFE.matcher(cut.replace("\r\n", "\n")).replaceAll("?");
  }
}
