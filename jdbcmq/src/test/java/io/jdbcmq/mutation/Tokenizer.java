package io.jdbcmq.mutation;

import io.jdbcmq.mutation.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/** Cuts SQL and PL/pgSQL into tokens, by the rules of PostgreSQL's own scanner. */
final class Tokenizer {
  private static final String OPERATOR = "+-*/<>=~!@#%^&|`?";

  /**
   * With one of these an operator may end in a sign; otherwise the sign belongs to what follows.
   */
  private static final String ALLOWS_SIGN = "~!@#%^&|`?";

  private final String sql;
  private final List<Token> tokens = new ArrayList<>();
  private int at;

  private Tokenizer(String sql) {
    this.sql = sql;
  }

  static List<Token> tokens(String sql) {
    return new Tokenizer(sql).run();
  }

  private List<Token> run() {
    while (at < sql.length()) {
      char c = sql.charAt(at);
      if (Character.isWhitespace(c)) {
        at++;
      } else if (looksAt("--")) {
        at = endOf("\n", at);
      } else if (looksAt("/*")) {
        skipBlockComment();
      } else if (c == '\'') {
        add(Kind.STRING, endOfString(at, false));
      } else if (isPrefixOfString(c)) {
        add(Kind.STRING, endOfString(sql.indexOf('\'', at), c == 'e' || c == 'E'));
      } else if (c == '"') {
        add(Kind.QUOTED, endOfQuoted());
      } else if (c == '$' && dollarTag() != null) {
        String tag = dollarTag();
        add(Kind.STRING, endOf(tag, at + tag.length()));
      } else if (isWordStart(c)) {
        add(Kind.WORD, endOfWord());
      } else if (isDigit(at)) {
        add(Kind.NUMBER, endOfNumber());
      } else if (OPERATOR.indexOf(c) >= 0) {
        add(Kind.SYMBOL, endOfOperator());
      } else {
        boolean pair = looksAt("::") || looksAt(":=") || looksAt("..");
        add(Kind.SYMBOL, at + (pair ? 2 : 1));
      }
    }
    return tokens;
  }

  private void add(Kind kind, int end) {
    tokens.add(new Token(kind, sql.substring(at, end), at, end));
    at = end;
  }

  private boolean looksAt(String text) {
    return sql.startsWith(text, at);
  }

  /** The position after the next occurrence of a text; the end, if there is none. */
  private int endOf(String text, int from) {
    int found = sql.indexOf(text, from);
    return found < 0 ? sql.length() : found + text.length();
  }

  /** They nest. */
  private void skipBlockComment() {
    int depth = 0;
    do {
      if (looksAt("/*")) {
        depth++;
        at += 2;
      } else if (looksAt("*/")) {
        depth--;
        at += 2;
      } else {
        at++;
      }
    } while (depth > 0 && at < sql.length());
  }

  private boolean isPrefixOfString(char c) {
    return ("eEbBxXnN".indexOf(c) >= 0 && sql.startsWith("'", at + 1))
        || ((c == 'u' || c == 'U') && sql.startsWith("&'", at + 1));
  }

  private int endOfString(int quote, boolean escapes) {
    int i = quote + 1;
    while (i < sql.length()) {
      if (sql.charAt(i) == '\\' && escapes) {
        i += 2;
      } else if (sql.startsWith("''", i)) {
        i += 2;
      } else if (sql.charAt(i) == '\'') {
        return i + 1;
      } else {
        i++;
      }
    }
    return sql.length();
  }

  private int endOfQuoted() {
    int i = at + 1;
    while (sql.startsWith("\"\"", i) || (i < sql.length() && sql.charAt(i) != '"')) {
      i += sql.startsWith("\"\"", i) ? 2 : 1;
    }
    return Math.min(i + 1, sql.length());
  }

  /** What a dollar-quoted string begins with; null: this is none. */
  private String dollarTag() {
    int i = at + 1;
    while (i < sql.length() && isWordPart(sql.charAt(i)) && sql.charAt(i) != '$') {
      i++;
    }
    boolean isTag = i < sql.length() && sql.charAt(i) == '$' && !isDigit(at + 1);
    return isTag ? sql.substring(at, i + 1) : null;
  }

  private int endOfWord() {
    int i = at + 1;
    while (i < sql.length() && isWordPart(sql.charAt(i))) {
      i++;
    }
    return i;
  }

  /** Of 1..10 only the 1. */
  private int endOfNumber() {
    int i = at;
    while (isDigit(i)) {
      i++;
    }
    if (sql.startsWith(".", i) && isDigit(i + 1)) {
      i++;
      while (isDigit(i)) {
        i++;
      }
    }
    return i;
  }

  private int endOfOperator() {
    int i = at;
    while (i < sql.length()
        && OPERATOR.indexOf(sql.charAt(i)) >= 0
        && !sql.startsWith("--", i)
        && !sql.startsWith("/*", i)) {
      i++;
    }
    while (i - at > 1 && "+-".indexOf(sql.charAt(i - 1)) >= 0 && !allowsSign(at, i - 1)) {
      i--;
    }
    return i;
  }

  private boolean allowsSign(int from, int to) {
    return sql.substring(from, to).chars().anyMatch(c -> ALLOWS_SIGN.indexOf(c) >= 0);
  }

  private boolean isDigit(int i) {
    return i < sql.length() && sql.charAt(i) >= '0' && sql.charAt(i) <= '9';
  }

  private static boolean isWordStart(char c) {
    return Character.isLetter(c) || c == '_' || c == '$';
  }

  private static boolean isWordPart(char c) {
    return Character.isLetterOrDigit(c) || c == '_' || c == '$';
  }
}
