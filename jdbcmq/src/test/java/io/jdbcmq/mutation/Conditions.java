package io.jdbcmq.mutation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Changes of conditions. */
final class Conditions {
  private static final Map<String, String> BOUNDS =
      Map.of("<", "<=", "<=", "<", ">", ">=", ">=", ">");
  private static final Map<String, String> EQUALS = Map.of("=", "<>", "<>", "=");

  /** What a condition ends before, or begins after, besides AND and OR. */
  private static final Set<String> EDGES =
      Set.of(
          "where",
          "on",
          "when",
          "then",
          "else",
          "if",
          "elsif",
          "having",
          "return",
          "select",
          ",",
          ":=",
          "loop",
          "order",
          "group",
          "limit",
          "for",
          "returning",
          "union",
          "left",
          "join",
          "cross",
          "window",
          "as");

  private static final Set<String> AND_EDGES = with("and", "or");
  private static final Set<String> OR_EDGES = with("or");

  private Conditions() {}

  private static Set<String> with(String... words) {
    Set<String> edges = new TreeSet<>(EDGES);
    edges.addAll(List.of(words));
    return edges;
  }

  static List<Edit> drop(Code code) {
    List<Edit> edits = new ArrayList<>();
    for (int i = 0; i < code.size(); i++) {
      if (code.is(i, "and") && !code.isOfBetween(i)) {
        addDropped(code, i, AND_EDGES, edits);
      } else if (code.is(i, "or")) {
        addDropped(code, i, OR_EDGES, edits);
      }
    }
    return edits;
  }

  /** Without what is after the word and, if nothing of the kind is before that, without that. */
  private static void addDropped(Code code, int word, Set<String> edges, List<Edit> edits) {
    int before = code.previous(word, edges);
    if (!code.at(word).text().equalsIgnoreCase(textAt(code, before))) {
      edits.add(code.removed(before + 1, word + 1));
    }
    edits.add(code.removed(word, code.next(word, edges)));
  }

  private static String textAt(Code code, int i) {
    return i < 0 ? "" : code.at(i).text();
  }

  static List<Edit> shiftBound(Code code) {
    List<Edit> edits = new ArrayList<>();
    for (int i = 0; i < code.size(); i++) {
      addSwapped(code, i, BOUNDS, edits);
    }
    return edits;
  }

  static List<Edit> swapEqual(Code code) {
    Set<Integer> assignments = Columns.assignments(code);
    List<Edit> edits = new ArrayList<>();
    for (int i = 0; i < code.size(); i++) {
      boolean isOfSet = code.is(i + 1, Set.of("any", "all"));
      boolean isOption = code.is(i - 1, "errcode");
      if (!isOfSet && !isOption && !assignments.contains(i)) {
        addSwapped(code, i, EQUALS, edits);
      }
    }
    return edits;
  }

  private static void addSwapped(Code code, int i, Map<String, String> swaps, List<Edit> edits) {
    if (code.is(i, swaps.keySet())) {
      String by = swaps.get(code.at(i).text());
      // With its left side, so that a reader finds the place.
      int left = code.is(i - 1, Set.of(")", "]")) ? i : i - 1;
      String told = "%s instead of \"%s\"".formatted(by, code.shortened(left, i + 2));
      edits.add(code.replaced(i, i + 1, by, told));
    }
  }

  static List<Edit> negate(Code code) {
    List<Edit> edits = new ArrayList<>();
    for (int i = 0; i < code.size(); i++) {
      boolean isNegated = code.is(i - 1, "not");
      if (code.is(i, "not")) {
        edits.add(
            code.replaced(i, i + 1, "", "without not: \"" + around(code, i - 2, i + 3) + "\""));
      } else if (!isNegated && (code.areAt(i, "exists") || isFound(code, i))) {
        edits.add(negated(code, i, i));
      } else if (code.areAt(i, "is", "null") || code.areAt(i, "is", "distinct")) {
        edits.add(negated(code, i, i + 1));
      }
    }
    return edits;
  }

  private static boolean isFound(Code code, int i) {
    return code.is(i, "found") && code.is(i - 1, Set.of("if", "return"));
  }

  private static Edit negated(Code code, int from, int at) {
    String told = "with not: \"" + around(code, from - 1, at + 4) + "\"";
    return code.replaced(at, at + 1, "not " + code.at(at).text(), told);
  }

  private static String around(Code code, int from, int to) {
    return code.shortened(Math.max(from, 0), Math.min(to, code.size()));
  }

  static List<Edit> dropFilter(Code code) {
    List<Edit> edits = new ArrayList<>();
    for (int i = 0; i < code.size(); i++) {
      if (code.areAt(i, "filter", "(")) {
        edits.add(code.removed(i, code.next(i + 1, Set.of(")")) + 1));
      }
    }
    return edits;
  }
}
