package io.jdbcmq.internal.sql;

import io.jdbcmq.job.PayloadException;
import java.util.BitSet;

/**
 * Checks that a text is JSON that PostgreSQL can store, and cast to jsonb later.
 *
 * <p>The server checks too, but only while it stores, and a statement that fails leaves the
 * caller's transaction unusable. The type json also takes what jsonb and {@code ->>} refuse when
 * somebody reads the table: the character NUL, halves of surrogate pairs, numbers beyond numeric.
 *
 * <p>One pass without recursion: no text can overflow the stack.
 */
public final class JsonText {
  private static final int MAX_BYTES = 1 << 20;
  private static final int MAX_DEPTH = 500; // what JSON libraries read by default

  private final JsonScanner scanner;

  /** For each array and object that is open, whether it is an object. */
  private final BitSet objects = new BitSet(MAX_DEPTH);

  private int depth;

  private JsonText(JsonScanner scanner) {
    this.scanner = scanner;
  }

  /**
   * Checks a text: one JSON value by RFC 8259, up to 1,048,576 bytes of UTF-8 and 500 levels deep,
   * its numbers up to 1,000 characters long and with exponents of -9,999 to 9,999.
   *
   * @throws PayloadException if PostgreSQL could not store it; tells the offset in {@code char}s
   *     from 0, but does not quote the text
   */
  public static void check(String json) {
    checkSize(json.length(), "characters");
    JsonScanner scanner = new JsonScanner(json);
    new JsonText(scanner).checkStructure();
    checkSize(scanner.bytes(), "bytes");
  }

  private static void checkSize(int size, String unit) {
    if (size > MAX_BYTES) {
      throw new PayloadException(
          "JSON payload must have at most %d bytes of UTF-8 but has %d %s: keep large data elsewhere, send where it is"
              .formatted(MAX_BYTES, size, unit));
    }
  }

  private void checkStructure() {
    boolean valueFollows = true;
    while (valueFollows) {
      valueFollows = containsValue() || precedesValue();
    }
  }

  /** Reads a value up to the first value inside; tells whether there is one. */
  private boolean containsValue() {
    switch (scanner.nextToken()) {
      case '{' -> {
        return enter(true);
      }
      case '[' -> {
        return enter(false);
      }
      case '"' -> scanner.readString();
      case 't' -> scanner.readLiteral("true");
      case 'f' -> scanner.readLiteral("false");
      case 'n' -> scanner.readLiteral("null");
      case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> scanner.readNumber();
      default -> throw scanner.expected("a value");
    }
    return false;
  }

  private boolean enter(boolean object) {
    if (depth == MAX_DEPTH) {
      throw scanner.refused("more than " + MAX_DEPTH + " nested arrays and objects");
    }
    objects.set(depth, object);
    depth++;
    scanner.skip();
    if (scanner.nextToken() == closing()) {
      return false; // precedesValue leaves it
    }
    if (object) {
      readKey();
    }
    return true;
  }

  /** Leaves the arrays and objects that end after a value; tells whether another value follows. */
  private boolean precedesValue() {
    int next = scanner.nextToken();
    while (depth > 0 && next == closing()) {
      depth--;
      scanner.skip();
      next = scanner.nextToken();
    }
    if (depth == 0) {
      if (next != JsonScanner.END) {
        throw scanner.expected("the end of the text");
      }
      return false;
    }
    if (next != ',') {
      throw scanner.expected("a comma or the end of " + (inObject() ? "an object" : "an array"));
    }
    scanner.skip();
    if (inObject()) {
      readKey();
    }
    return true;
  }

  private boolean inObject() {
    return objects.get(depth - 1);
  }

  private char closing() {
    return inObject() ? '}' : ']';
  }

  private void readKey() {
    if (scanner.nextToken() != '"') {
      throw scanner.expected("a key in quotation marks");
    }
    scanner.readString();
    if (scanner.nextToken() != ':') {
      throw scanner.expected("a colon");
    }
    scanner.skip();
  }
}
