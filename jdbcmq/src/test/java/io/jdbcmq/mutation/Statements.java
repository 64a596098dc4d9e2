package io.jdbcmq.mutation;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Statements that are left out. */
final class Statements {
  private static final Set<String> WRITES = Set.of("insert", "update", "delete");

  private Statements() {}

  static List<Edit> dropCall(Code code) {
    List<Edit> edits = new ArrayList<>();
    for (int i = 0; i < code.size(); i++) {
      if (code.is(i, "perform") && code.beginsStatement(i)) {
        edits.add(dropped(code, i));
      }
    }
    return edits;
  }

  /** Those in WITH, too, which find no row then. */
  static List<Edit> dropWrite(Code code) {
    List<Edit> edits = new ArrayList<>();
    for (int i = 0; i < code.size(); i++) {
      if (code.is(i, WRITES) && code.beginsStatement(i)) {
        edits.add(dropped(code, i));
      } else if (code.is(i, WRITES) && code.is(i - 1, "(")) {
        int where = code.next(i, Set.of("where"));
        if (code.is(where, "where")) {
          String told = "nothing of \"" + code.shortened(i, code.next(i, Set.of())) + "\"";
          edits.add(code.replaced(where, where + 1, "where false and", told));
        }
      }
    }
    return edits;
  }

  static List<Edit> dropAssignment(Code code) {
    List<Edit> edits = new ArrayList<>();
    for (int i = 0; i < code.size(); i++) {
      boolean assigns = code.is(i + 1, ":=") || (code.is(i + 1, ".") && code.is(i + 3, ":="));
      if (assigns && code.beginsStatement(i)) {
        edits.add(dropped(code, i));
      }
    }
    return edits;
  }

  /** And what goes on with the next one of a loop. */
  static List<Edit> dropReturn(Code code) {
    List<Edit> edits = new ArrayList<>();
    for (int i = 0; i < code.size(); i++) {
      boolean returns = code.areAt(i, "return", ";") || code.areAt(i, "continue", "when");
      if (returns && code.beginsStatement(i)) {
        edits.add(dropped(code, i));
      }
    }
    return edits;
  }

  static List<Edit> dropAnswer(Code code) {
    List<Edit> edits = new ArrayList<>();
    for (int i = 0; i < code.size(); i++) {
      if (code.areAt(i, "return", "query") && code.beginsStatement(i)) {
        edits.add(dropped(code, i));
      }
    }
    return edits;
  }

  /** An empty statement in its place, since a block may have no other one. */
  private static Edit dropped(Code code, int from) {
    Edit removed = code.removed(from, code.next(from, Set.of()));
    return new Edit(removed.start(), removed.end(), "null", removed.told());
  }
}
