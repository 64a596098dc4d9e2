package io.jdbcmq.mutation;

import io.jdbcmq.mutation.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Changes of how values are computed. */
final class Values {
  private static final Map<String, String> SIGNS = Map.of("+", "-", "-", "+");
  private static final Map<String, String> EXTREMES =
      Map.of("least", "greatest", "greatest", "least", "min", "max", "max", "min");
  private static final Map<String, String> BOOLEANS = Map.of("true", "false", "false", "true");

  private Values() {}

  static List<Edit> dropStep(Code code) {
    List<Edit> edits = new ArrayList<>();
    for (int i = 0; i < code.size() - 1; i++) {
      if (isBinarySign(code, i) && isOne(code, i + 1)) {
        String told = "0 instead of \"" + around(code, i, i + 2) + "\"";
        edits.add(code.replaced(i + 1, i + 2, "0", told));
      }
    }
    return edits;
  }

  static List<Edit> swapSign(Code code) {
    List<Edit> edits = new ArrayList<>();
    for (int i = 0; i < code.size() - 1; i++) {
      if (isBinarySign(code, i) && !isOne(code, i + 1)) {
        String by = SIGNS.get(code.at(i).text());
        edits.add(
            code.replaced(i, i + 1, by, by + " instead of \"" + around(code, i, i + 2) + "\""));
      }
    }
    return edits;
  }

  private static boolean isBinarySign(Code code, int i) {
    boolean hasLeftSide =
        i > 0
            && (code.is(i - 1, Set.of(")", "]"))
                || (code.at(i - 1).kind() != Kind.SYMBOL && !code.is(i - 1, "then")));
    return code.is(i, SIGNS.keySet()) && hasLeftSide;
  }

  private static boolean isOne(Code code, int i) {
    Token token = code.at(i);
    return token.kind() == Kind.NUMBER && token.text().equals("1");
  }

  static List<Edit> swapExtreme(Code code) {
    List<Edit> edits = new ArrayList<>();
    for (int i = 0; i < code.size(); i++) {
      if (code.is(i, EXTREMES.keySet()) && code.is(i + 1, "(")) {
        addSwapped(code, i, EXTREMES, code.next(i + 1, Set.of(")")) + 1, edits);
      }
    }
    return edits;
  }

  static List<Edit> flipBoolean(Code code) {
    List<Edit> edits = new ArrayList<>();
    for (int i = 0; i < code.size(); i++) {
      boolean isTest = code.is(i - 1, Set.of("is", "not", "on"));
      // The second argument of current_setting: without it an unknown setting is an error.
      boolean isMissingOk = code.is(code.previous(i, Set.of()) - 1, "current_setting");
      if (code.is(i, BOOLEANS.keySet()) && !isTest && !isMissingOk) {
        addSwapped(code, i, BOOLEANS, i + 1, edits);
      }
    }
    return edits;
  }

  private static void addSwapped(
      Code code, int i, Map<String, String> swaps, int end, List<Edit> edits) {
    String by = swaps.get(code.at(i).text().toLowerCase(Locale.ROOT));
    String told = "%s instead of \"%s\"".formatted(by, around(code, i, end));
    edits.add(code.replaced(i, i + 1, by, told));
  }

  /** With what is before it, so that a reader finds the place. */
  private static String around(Code code, int from, int to) {
    return code.shortened(Math.max(0, from - 3), to);
  }
}
