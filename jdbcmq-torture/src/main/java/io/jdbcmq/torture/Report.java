package io.jdbcmq.torture;

import io.jdbcmq.torture.check.Leftovers;
import io.jdbcmq.torture.check.Tally;
import io.jdbcmq.torture.check.Verdict;
import io.jdbcmq.torture.check.Violation;
import io.jdbcmq.torture.fault.Fault;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a run has shown.
 *
 * @param struck how often each fault struck
 * @param died runners that were replaced
 * @param late runners that did not end when they were told to
 */
record Report(
    long seed,
    int seconds,
    Map<Fault, Integer> struck,
    int died,
    List<String> late,
    Leftovers leftovers,
    Verdict verdict) {
  private static final int MOST_SHOWN = 10;

  void print(PrintStream out) {
    verdict.violations().stream().limit(MOST_SHOWN).forEach(out::println);
    if (verdict.violations().size() > MOST_SHOWN) {
      out.printf("... and %d more%n", verdict.violations().size() - MOST_SHOWN);
    }
    counters().forEach((name, count) -> out.printf("%-24s %s%n", name, count));
  }

  void write(Path file) {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("seed", seed);
    report.put("seconds", seconds);
    report.putAll(counters());
    report.put("verdict", verdict.violations().isEmpty() ? "ok" : "violated");
    report.put("violations", verdict.violations().stream().map(Violation::toString).toList());
    JsonMapper.builder()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .build()
        .writeValue(file.toFile(), report);
  }

  private Map<String, Object> counters() {
    Tally tally = verdict.tally();
    Map<String, Object> counters = new LinkedHashMap<>();
    counters.put("jobs", tally.acknowledged());
    counters.put("runs", tally.runs());
    counters.put("effects", tally.effects());
    counters.put("dead", leftovers.dead().size());
    counters.put("cancelled", tally.cancelled());
    counters.put("rolled back", tally.rolledBack());
    counters.put("duplicates", tally.duplicates());
    struck.forEach((fault, count) -> counters.put("fault " + fault.text(), count));
    counters.put("runners replaced", died);
    counters.put("runners late to end", late.size());
    counters.put("sends unanswered", tally.unanswered());
    counters.put("completions refused", tally.refused());
    counters.put("completions unanswered", tally.unansweredRuns());
    counters.put("jobs taken over", tally.takenOver());
    counters.put("reservations expired", tally.expired());
    counters.put("lost", verdict.count(Violation.Promise.NOTHING_LOST));
    counters.put("repeated", verdict.count(Violation.Promise.EXACTLY_ONCE));
    counters.put("out of order", verdict.count(Violation.Promise.ORDER));
    counters.put("stale accepted", verdict.count(Violation.Promise.FENCING));
    counters.put("other violations", verdict.violations().size() - known());
    return counters;
  }

  private long known() {
    return verdict.count(Violation.Promise.NOTHING_LOST)
        + verdict.count(Violation.Promise.EXACTLY_ONCE)
        + verdict.count(Violation.Promise.ORDER)
        + verdict.count(Violation.Promise.FENCING);
  }
}
