package io.jdbcmq.internal.sql;

import io.jdbcmq.job.PayloadException;
import java.util.HexFormat;

/** Reads the strings, numbers and words of a JSON text, and refuses what jsonb could not hold. */
final class JsonScanner {
  static final int END = -1;

  private static final int MAX_NUMBER_LENGTH = 1000; // what JSON libraries read by default

  /** Far inside numeric, which has 131,072 digits before the point and 16,383 after it. */
  private static final int MAX_EXPONENT_DIGITS = 4;

  private final String json;
  private int at;
  private int bytesBeyondLength;

  JsonScanner(String json) {
    this.json = json;
  }

  /** Length in UTF-8 of what was read, once that is the whole text. */
  int bytes() {
    return json.length() + bytesBeyondLength;
  }

  /** The next character that is not whitespace, or {@link #END}; stays before it. */
  int nextToken() {
    while (peek() == ' ' || peek() == '\n' || peek() == '\r' || peek() == '\t') {
      at++;
    }
    return peek();
  }

  /** Goes beyond one character. */
  void skip() {
    at++;
  }

  void readLiteral(String word) {
    if (!json.startsWith(word, at)) {
      throw expected("a value");
    }
    at += word.length();
  }

  void readNumber() {
    int start = at;
    if (peek() == '-') {
      at++;
    }
    if (peek() == '0') {
      at++; // and no digit may follow
    } else {
      readDigits();
    }
    if (peek() == '.') {
      at++;
      readDigits();
    }
    if (peek() == 'e' || peek() == 'E') {
      at++;
      readExponent();
    }
    if (at - start > MAX_NUMBER_LENGTH) {
      throw refused("a number of more than " + MAX_NUMBER_LENGTH + " characters", start);
    }
  }

  private void readExponent() {
    if (peek() == '+' || peek() == '-') {
      at++;
    }
    int start = at;
    readDigits();
    int significant = start;
    while (significant < at && json.charAt(significant) == '0') {
      significant++;
    }
    if (at - significant > MAX_EXPONENT_DIGITS) {
      throw refused("an exponent beyond -9999 to 9999", start);
    }
  }

  private void readDigits() {
    if (!isDigit(peek())) {
      throw expected("a digit");
    }
    while (isDigit(peek())) {
      at++;
    }
  }

  void readString() {
    at++;
    for (int c = skipPlain(); c != '"'; c = skipPlain()) {
      if (c == '\\') {
        readEscape();
      } else if (c >= 0x80) {
        readBeyondAscii((char) c);
      } else {
        throw expected("the end of a string");
      }
    }
    at++;
  }

  /** Goes beyond the characters of a string that need no look, with the position in a register. */
  private int skipPlain() {
    int i = at;
    while (i < json.length() && isPlain(json.charAt(i))) {
      i++;
    }
    at = i;
    return peek();
  }

  private static boolean isPlain(char c) {
    return c >= ' ' && c < 0x80 && c != '"' && c != '\\';
  }

  private void readBeyondAscii(char c) {
    if (!Character.isSurrogate(c)) {
      bytesBeyondLength += c < 0x800 ? 1 : 2;
      at++;
    } else if (Character.isHighSurrogate(c)
        && at + 1 < json.length()
        && Character.isLowSurrogate(json.charAt(at + 1))) {
      bytesBeyondLength += 2;
      at += 2;
    } else {
      throw halfPair(at);
    }
  }

  private void readEscape() {
    int start = at;
    at++;
    switch (peek()) {
      case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> at++;
      case 'u' -> {
        at++;
        checkEscaped(readHex(), start);
      }
      default -> throw expected("an escape that JSON knows");
    }
  }

  private void checkEscaped(char c, int start) {
    if (c == 0) {
      throw refused("the character NUL, which jsonb cannot hold,", start);
    }
    if (Character.isSurrogate(c)) {
      // Both halves must be escapes: neither the server nor UTF-8 joins an escape and a character.
      if (!Character.isHighSurrogate(c) || !json.startsWith("\\u", at)) {
        throw halfPair(start);
      }
      at += 2;
      if (!Character.isLowSurrogate(readHex())) {
        throw halfPair(start);
      }
    }
  }

  private char readHex() {
    int c = 0;
    for (int end = at + 4; at < end; at++) {
      if (!HexFormat.isHexDigit(peek())) {
        throw expected("four hexadecimal digits");
      }
      c = c << 4 | HexFormat.fromHexDigit(peek());
    }
    return (char) c;
  }

  private int peek() {
    return at < json.length() ? json.charAt(at) : END;
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  private PayloadException halfPair(int offset) {
    return refused("half of a surrogate pair, which is no character,", offset);
  }

  /** What to throw at a character that is not the expected one. */
  PayloadException expected(String what) {
    return refused(kind(peek()) + " instead of " + what);
  }

  /** What to throw at something that was found here. */
  PayloadException refused(String found) {
    return refused(found, at);
  }

  private static PayloadException refused(String found, int offset) {
    return new PayloadException(
        "JSON payload cannot be stored: found " + found + " at offset " + offset);
  }

  /** What kind of character it is; not which one, that may be part of a secret. */
  private static String kind(int c) {
    if (c == END) {
      return "the end of the text";
    }
    if (Character.isISOControl(c)) {
      return "a control character";
    }
    if (Character.isLetter(c)) {
      return "a letter";
    }
    return isDigit(c) ? "a digit" : "a sign";
  }
}
