package io.jdbcmq.torture.check;

import io.jdbcmq.torture.history.Event;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** The times during which faults lasted. */
final class Windows {
  private record Window(long from, long to) {}

  private final List<Window> windows = new ArrayList<>();

  private Windows() {}

  /** Those of one fault. */
  static Windows of(List<Event> events, String fault) {
    return of(events, fault::equals);
  }

  /** Those of some faults. */
  static Windows of(List<Event> events, Predicate<String> which) {
    Windows result = new Windows();
    Map<String, Deque<Long>> begun = new HashMap<>();
    for (Event event : events) {
      if (event instanceof Event.Fault edge && which.test(edge.name())) {
        Deque<Long> starts = begun.computeIfAbsent(edge.name(), name -> new ArrayDeque<>());
        if (edge.begins()) {
          starts.add(edge.nanos());
        } else {
          result.add(starts.remove(), edge.nanos());
        }
      }
    }
    begun.values().forEach(starts -> starts.forEach(from -> result.add(from, Long.MAX_VALUE)));
    return result;
  }

  private void add(long from, long to) {
    windows.add(new Window(from, to));
  }

  /** Whether all of this lies in one of them. */
  boolean contain(long fromNanos, long toNanos) {
    return windows.stream().anyMatch(window -> window.from <= fromNanos && toNanos <= window.to);
  }

  /** Whether any of this lies in one of them, or within a time after it. */
  boolean touch(long fromNanos, long toNanos, long afterNanos) {
    return windows.stream()
        .anyMatch(
            window ->
                window.from <= toNanos
                    && (window.to == Long.MAX_VALUE || fromNanos <= window.to + afterNanos));
  }
}
