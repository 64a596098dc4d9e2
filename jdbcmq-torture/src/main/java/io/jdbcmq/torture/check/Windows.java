package io.jdbcmq.torture.check;

import io.jdbcmq.torture.history.Event;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** The times during which a fault of one kind lasted. */
final class Windows {
  private final NavigableMap<Long, Long> endsByStart = new TreeMap<>();

  private Windows() {}

  static Windows of(List<Event> events, String fault) {
    Windows windows = new Windows();
    long start = 0;
    for (Event event : events) {
      if (event instanceof Event.Fault edge && edge.name().equals(fault)) {
        if (edge.begins()) {
          start = edge.nanos();
        } else {
          windows.endsByStart.put(start, edge.nanos());
        }
      }
    }
    return windows;
  }

  /** Whether all of this lies in one of them. */
  boolean contain(long fromNanos, long toNanos) {
    Map.Entry<Long, Long> window = endsByStart.floorEntry(fromNanos);
    return window != null && toNanos <= window.getValue();
  }
}
