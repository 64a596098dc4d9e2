package io.jdbcmq.mutation;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The body of a function as tokens, each with how deep it is in parentheses, brackets and CASE
 * expressions; those themselves belong to what is around them.
 *
 * <p>Positions are those of tokens. One outside, before the first or after the last one, is no
 * keyword.
 */
final class Code {
  private static final Set<String> BEFORE_STATEMENT =
      Set.of(";", "begin", "then", "else", "loop", ">>");

  private final String text;
  private final List<Token> tokens;
  private final int[] levels;
  private final boolean[] ofBetween;

  Code(String text) {
    this.text = text;
    this.tokens = Tokenizer.tokens(text);
    this.levels = levels(tokens);
    this.ofBetween = new boolean[tokens.size()];
    markBetween();
  }

  private static int[] levels(List<Token> tokens) {
    int[] levels = new int[tokens.size()];
    List<String> open = new ArrayList<>();
    for (int i = 0; i < levels.length; i++) {
      Token token = tokens.get(i);
      boolean endsCase =
          token.is("end") && !open.isEmpty() && open.get(open.size() - 1).equals("case");
      if (token.is(")") || token.is("]") || endsCase) {
        open.remove(open.size() - 1);
      }
      levels[i] = open.size();
      if (token.is("(") || token.is("[") || token.is("case")) {
        open.add(token.is("case") ? "case" : "(");
      }
    }
    return levels;
  }

  /** The AND of "between 1 and 2" joins no conditions. */
  private void markBetween() {
    for (int i = 0; i < size(); i++) {
      if (is(i, "between")) {
        int and = next(i, Set.of("and"));
        if (is(and, "and")) {
          ofBetween[and] = true;
        }
      }
    }
  }

  String text() {
    return text;
  }

  int size() {
    return tokens.size();
  }

  boolean is(int i, String word) {
    return i >= 0 && i < size() && tokens.get(i).is(word);
  }

  boolean is(int i, Set<String> words) {
    return i >= 0 && i < size() && tokens.get(i).isOneOf(words);
  }

  boolean areAt(int i, String... words) {
    for (int k = 0; k < words.length; k++) {
      if (!is(i + k, words[k])) {
        return false;
      }
    }
    return true;
  }

  Token at(int i) {
    return tokens.get(i);
  }

  int level(int i) {
    return levels[i];
  }

  boolean isOfBetween(int i) {
    return ofBetween[i];
  }

  /**
   * The next one of these words on the level of a token, or what ends the level or the statement.
   */
  int next(int from, Set<String> words) {
    int i = from + 1;
    while (i < size() && levels[i] >= levels[from]) {
      if (levels[i] == levels[from] && (is(i, ";") || (is(i, words) && !ofBetween[i]))) {
        return i;
      }
      i++;
    }
    return i;
  }

  /**
   * The last one of these words before a token on its level, or what begins the level or the
   * statement.
   */
  int previous(int from, Set<String> words) {
    int i = from - 1;
    while (i >= 0 && levels[i] >= levels[from]) {
      if (levels[i] == levels[from] && (is(i, ";") || (is(i, words) && !ofBetween[i]))) {
        return i;
      }
      i--;
    }
    return i;
  }

  /** Whether a statement of PL/pgSQL begins here. */
  boolean beginsStatement(int i) {
    return i > 0 && levels[i] == 0 && is(i - 1, BEFORE_STATEMENT) && i > begin();
  }

  private int begin() {
    for (int i = 0; i < size(); i++) {
      if (is(i, "begin")) {
        return i;
      }
    }
    return size();
  }

  /** Where the text of tokens begins and ends, from one to before another. */
  Edit replaced(int from, int to, String by, String told) {
    return new Edit(tokens.get(from).start(), tokens.get(to - 1).end(), by, told);
  }

  /** The same, told with the text that is taken away. */
  Edit removed(int from, int to) {
    return replaced(from, to, "", "without \"" + shortened(from, to) + "\"");
  }

  /** The text of tokens on one line. */
  String shortened(int from, int to) {
    String all =
        text.substring(tokens.get(from).start(), tokens.get(to - 1).end()).replaceAll("\\s+", " ");
    return all.length() <= 100 ? all : all.substring(0, 97) + "...";
  }
}
