package io.jdbcmq.mutation;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** Columns that are not written. */
final class Columns {
  /** Without a value in these, a row is refused, or the column has a default: nobody would see. */
  private static final Set<String> NULLABLE =
      Set.of(
          "seq",
          "run_at",
          "reserved_until",
          "max_backoff_ms",
          "timeout_ms",
          "unknown_count",
          "jitter",
          "unique_key",
          "headers",
          "payload_json",
          "payload_bytes",
          "hungry_until",
          "channel_names");

  /** Tables in which a column of that name has to have a value. */
  private static final Set<String> STRICT = Set.of("mq_ready", "mq_delayed", "mq_low_water");

  private static final Set<String> SET_ENDS = Set.of("where", "from", "returning");

  private Columns() {}

  static List<Edit> insertNull(Code code) {
    List<Edit> edits = new ArrayList<>();
    for (int i = 0; i < code.size(); i++) {
      if (code.areAt(i, "insert", "into") && !code.is(i + 2, STRICT)) {
        addNulls(code, i, edits);
      }
    }
    return edits;
  }

  private static void addNulls(Code code, int insert, List<Edit> edits) {
    int list = code.next(insert, Set.of("("));
    List<Integer> names = items(code, list + 1);
    int source = code.next(insert, Set.of("select", "values"));
    int first = code.is(source, "values") ? source + 2 : source + 1;
    List<Integer> values = items(code, first);
    for (int k = 0; k < names.size() - 1; k++) {
      String column = code.at(names.get(k)).text().toLowerCase(Locale.ROOT);
      boolean isNull = code.is(values.get(k), "null");
      if (NULLABLE.contains(column) && !isNull) {
        String told = "null instead of \"%s\" in column " + column;
        int end = values.get(k + 1) - 1;
        edits.add(
            code.replaced(
                values.get(k), end, "null", told.formatted(code.shortened(values.get(k), end))));
      }
    }
  }

  /** Where the items of a list begin, and where one more would. */
  private static List<Integer> items(Code code, int first) {
    List<Integer> items = new ArrayList<>();
    int item = first;
    while (true) {
      items.add(item);
      int end = code.next(item, Set.of(",", "from"));
      // An item of one token in parentheses is followed by what ends the list.
      if (!code.is(end, ",")) {
        items.add(end + 1);
        return items;
      }
      item = end + 1;
    }
  }

  static List<Edit> dropUpdate(Code code) {
    List<Edit> edits = new ArrayList<>();
    for (int equals : assignments(code)) {
      int column = equals - 1;
      int end = code.next(column, with(SET_ENDS, ","));
      if (code.is(column - 1, ",")) {
        edits.add(code.removed(column - 1, end));
      } else if (code.is(end, ",")) {
        edits.add(code.removed(column, end + 1));
      }
    }
    return edits;
  }

  /** The equals signs of UPDATE ... SET. */
  static Set<Integer> assignments(Code code) {
    Set<Integer> found = new TreeSet<>();
    for (int i = 0; i < code.size(); i++) {
      if (code.is(i, "set") && code.is(i + 2, "=")) {
        int end = code.next(i, SET_ENDS);
        for (int k = i; k < end; k++) {
          boolean isFirst = k == i || (code.is(k, ",") && code.level(k) == code.level(i));
          if (isFirst && code.is(k + 2, "=")) {
            found.add(k + 2);
          }
        }
      }
    }
    return found;
  }

  private static Set<String> with(Set<String> words, String word) {
    Set<String> all = new TreeSet<>(words);
    all.add(word);
    return all;
  }
}
