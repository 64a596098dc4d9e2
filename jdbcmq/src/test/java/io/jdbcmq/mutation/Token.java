package io.jdbcmq.mutation;

import java.util.Locale;

/** A piece of SQL that is neither blank nor a comment. */
record Token(Kind kind, String text, int start, int end) {
  enum Kind {
    WORD,
    QUOTED,
    NUMBER,
    STRING,
    SYMBOL
  }

  /** Whether it is this keyword or symbol; never true of what is quoted. */
  boolean is(String expected) {
    return (kind == Kind.WORD || kind == Kind.SYMBOL)
        && text.toLowerCase(Locale.ROOT).equals(expected);
  }

  boolean isOneOf(Iterable<String> expected) {
    for (String each : expected) {
      if (is(each)) {
        return true;
      }
    }
    return false;
  }
}
