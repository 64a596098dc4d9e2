package io.jdbcmq.torture.check;

import io.jdbcmq.torture.check.Violation.Promise;
import io.jdbcmq.torture.history.Event;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToLongFunction;

/** Decides whether runners stay within bounds, however long they run and whatever they meet. */
final class Bounds {
  /** Of a process: handlers that were given up may go on in theirs for a while. */
  static final int MOST_THREADS = 120;

  /** In a shorter run, something may still be warming up. */
  private static final long LONG_SECONDS = 1_800;

  /** Of the median of heaps, and of the largest size of tables, over half of a run. */
  private static final double MOST_GROWTH = 2;

  private Bounds() {}

  static List<Violation> check(List<Event> events, List<Timeline> timeline) {
    List<Violation> found = new ArrayList<>();
    Set<String> crowded = new LinkedHashSet<>();
    for (Event event : events) {
      if (event instanceof Event.Health health
          && health.threads() > MOST_THREADS
          && crowded.add(health.process())) {
        String what = "%s had %d threads".formatted(health.process(), health.threads());
        found.add(new Violation(Promise.BOUNDS, what, List.of(health)));
      }
    }
    if (!timeline.isEmpty() && timeline.get(timeline.size() - 1).fromSecond() >= LONG_SECONDS) {
      requireSteady("the heap of runners", timeline, Timeline::heapKb, found);
      requireSteady("the tables of live jobs", timeline, Timeline::tablesKb, found);
    }
    return found;
  }

  /** Compares the last quarter with the second. */
  private static void requireSteady(
      String what, List<Timeline> timeline, ToLongFunction<Timeline> size, List<Violation> found) {
    int quarter = timeline.size() / 4;
    double before = mean(timeline.subList(quarter, 2 * quarter), size);
    double last = mean(timeline.subList(timeline.size() - quarter, timeline.size()), size);
    if (last > MOST_GROWTH * before) {
      found.add(
          new Violation(
              Promise.BOUNDS,
              "%s: from %.0f to %.0f KiB in half of the run".formatted(what, before, last),
              List.of()));
    }
  }

  private static double mean(List<Timeline> parts, ToLongFunction<Timeline> size) {
    return parts.stream().mapToLong(size).average().orElse(0);
  }
}
