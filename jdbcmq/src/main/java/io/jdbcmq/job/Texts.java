package io.jdbcmq.job;

import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** Checks texts for what PostgreSQL can store, and shows them. */
final class Texts {
  private static final Pattern UNSEEN = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]");

  private Texts() {}

  /** For messages and logs: with a question mark for each character that cannot be seen. */
  static String oneLine(String text) {
    return UNSEEN.matcher(text).replaceAll("?");
  }

  static void check(String what, String text, int minBytes, int maxBytes) {
    int bytes = bytes(what, text);
    if (bytes < minBytes || bytes > maxBytes) {
      throw new IllegalArgumentException(
          what + " must have " + minBytes + " to " + maxBytes + " bytes of UTF-8 but had " + bytes);
    }
  }

  /** The length in UTF-8, after a check that the text can be stored. */
  static int bytes(String what, String text) {
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          what + " must not contain the character NUL, which PostgreSQL cannot store");
    }
    try {
      return StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text)).remaining();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(
          what + " must be valid Unicode but contains half of a surrogate pair", e);
    }
  }
}
