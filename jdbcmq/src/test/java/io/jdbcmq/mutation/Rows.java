package io.jdbcmq.mutation;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Changes of how rows are locked and ordered. */
final class Rows {
  private static final Set<String> STRENGTHS = Set.of("update", "share", "key", "no");
  private static final Set<String> ORDER_ENDS =
      Set.of("limit", "for", "on", "loop", "returning", "union", "rows");

  private Rows() {}

  static List<Edit> dropSkipLocked(Code code) {
    List<Edit> edits = new ArrayList<>();
    for (int i = 0; i < code.size(); i++) {
      if (code.areAt(i, "skip", "locked")) {
        edits.add(code.removed(i, i + 2));
      }
    }
    return edits;
  }

  static List<Edit> dropLock(Code code) {
    List<Edit> edits = new ArrayList<>();
    for (int i = 0; i < code.size(); i++) {
      if (code.is(i, "for") && code.is(i + 1, STRENGTHS)) {
        edits.add(code.removed(i, code.next(i, Set.of("loop"))));
      }
    }
    return edits;
  }

  static List<Edit> dropOrder(Code code) {
    List<Edit> edits = new ArrayList<>();
    for (int i = 0; i < code.size(); i++) {
      if (code.areAt(i, "order", "by")) {
        edits.add(code.removed(i, code.next(i, ORDER_ENDS)));
      }
    }
    return edits;
  }

  static List<Edit> flipOrder(Code code) {
    List<Edit> edits = new ArrayList<>();
    for (int i = 0; i < code.size(); i++) {
      if (code.areAt(i, "order", "by")) {
        int end = code.next(i, ORDER_ENDS);
        // Only the first column: it is what the order mostly depends on.
        int last = Math.min(end, code.next(i + 1, Set.of(",", "nulls"))) - 1;
        boolean isDescending = code.is(last, "desc");
        String by = isDescending ? "" : code.at(last).text() + " desc";
        String told = (isDescending ? "ascending" : "descending") + ": \"";
        edits.add(code.replaced(last, last + 1, by, told + code.shortened(i, end) + "\""));
      }
    }
    return edits;
  }
}
