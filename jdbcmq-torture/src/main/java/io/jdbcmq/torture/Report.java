package io.jdbcmq.torture;

import io.jdbcmq.torture.check.Tally;
import io.jdbcmq.torture.check.Timeline;
import io.jdbcmq.torture.check.Verdict;
import io.jdbcmq.torture.check.Violation;
import io.jdbcmq.torture.check.Violation.Promise;
import io.jdbcmq.torture.fault.Fault;
import io.jdbcmq.torture.plant.Defect;
import io.jdbcmq.torture.plant.Script;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a run has shown.
 *
 * @param struck how often each fault struck that could be played
 * @param counts what else the faults have done
 * @param felt statements that have failed because of a fault, where the server's log tells
 * @param died runners that were replaced
 * @param late runners that did not end when they were told to
 * @param looks how often the observer has looked into the tables
 * @param deadlocks that the server has ended
 * @param dead dead letters
 */
record Report(
    Plan plan,
    Map<Fault, Integer> struck,
    Map<String, Long> counts,
    Map<Fault, Long> felt,
    int died,
    List<String> late,
    int looks,
    long deadlocks,
    int dead,
    Verdict found) {
  /** Violations that are shown of each promise. */
  private static final int MOST_SHOWN = 3;

  Outcome verdict() {
    if (!found.violations().isEmpty()) {
      return Outcome.VIOLATED;
    }
    boolean isWeak =
        found.tally().isEmpty() || looks == 0 || (plan.isStrong() && !unseen().isEmpty());
    return isWeak ? Outcome.TOO_WEAK : Outcome.OK;
  }

  void print(PrintStream out) {
    for (Promise promise : Promise.values()) {
      found.violations().stream()
          .filter(violation -> violation.promise() == promise)
          .limit(MOST_SHOWN)
          .forEach(out::println);
      if (found.count(promise) > MOST_SHOWN) {
        out.printf("%s: and %d more%n", promise, found.count(promise) - MOST_SHOWN);
      }
    }
    printTimeline(out);
    counters().forEach((name, count) -> out.printf("%-24s %s%n", name, count));
    if (!notPlayed().isEmpty()) {
      out.println("not played: " + String.join(", ", notPlayed()));
    }
    if (!unseen().isEmpty()) {
      out.println("not seen in this run: " + String.join(", ", unseen()));
    }
  }

  private void printTimeline(PrintStream out) {
    String columns = "%8s %8s %8s %10s %8s %9s %8s %11s %9s %8s%n";
    out.printf(
        columns,
        "second",
        "sent",
        "runs",
        "median ms",
        "p99 ms",
        "heap KiB",
        "threads",
        "tables KiB",
        "dead KiB",
        "live");
    for (Timeline part : found.timeline()) {
      out.printf(
          columns,
          part.fromSecond(),
          part.sent(),
          part.started(),
          part.medianMs(),
          part.p99Ms(),
          part.heapKb(),
          part.threads(),
          part.tablesKb(),
          part.deadKb(),
          part.live());
    }
  }

  /** Writes {@code report.json}, and {@code timeline.svg} beside it. */
  void write(Path folder) {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("seed", plan.seed());
    report.put("seconds", plan.seconds());
    report.put("pause ms", plan.pauseMs());
    report.put("every ms", plan.everyMs());
    report.put("defect", plan.defect().map(Report::text).orElse("none"));
    report.put("old library", plan.old().map(old -> old.jar().toString()).orElse("none"));
    report.put("commit", System.getProperty("jdbcmq.commit", "unknown"));
    report.put("java", System.getProperty("java.version"));
    report.put("processors", Runtime.getRuntime().availableProcessors());
    report.put("faults", plan.faults().stream().map(Fault::text).toList());
    report.put("not played", notPlayed());
    report.putAll(counters());
    report.put("not seen", unseen());
    report.put("timeline", found.timeline());
    report.put("verdict", verdict().text());
    report.put("violations", found.violations().stream().map(Violation::toString).toList());
    JsonMapper.builder()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .build()
        .writeValue(folder.resolve("report.json").toFile(), report);
    try {
      Files.writeString(folder.resolve("timeline.svg"), TimelineChart.svg(found.timeline()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(Defect defect) {
    return defect instanceof Script script ? script.name() : defect.toString();
  }

  /** Faults that were asked for, and take something that is not there. */
  private List<String> notPlayed() {
    return plan.faults().stream()
        .filter(fault -> !struck.containsKey(fault))
        .map(Fault::text)
        .toList();
  }

  /** What puts the promises to the test, and has not happened. */
  private List<String> unseen() {
    return Stream.concat(
            hardships().entrySet().stream()
                .filter(hardship -> hardship.getValue() == 0)
                .map(Map.Entry::getKey),
            struck.entrySet().stream()
                .filter(fault -> fault.getValue() == 0)
                .map(fault -> "fault " + fault.getKey().text()))
        .toList();
  }

  private Map<String, Long> hardships() {
    Tally tally = found.tally();
    Map<String, Long> hardships = new LinkedHashMap<>();
    hardships.put("sends unanswered", tally.unanswered());
    hardships.put("completions unanswered", tally.unansweredRuns());
    hardships.put("completions refused", tally.refused());
    hardships.put("checkpoints refused", tally.staleCheckpoints());
    hardships.put("jobs taken over", tally.takenOver());
    hardships.put("reservations expired", tally.expired());
    hardships.put("sends unheard", tally.unheard());
    hardships.put("starts past locked rows", tally.passedBy());
    hardships.put("deadlocks", deadlocks);
    hardships.putAll(new TreeMap<>(counts));
    felt.forEach((fault, count) -> hardships.put("failed by " + fault.text(), count));
    return hardships;
  }

  private Map<String, Object> counters() {
    Tally tally = found.tally();
    Map<String, Object> counters = new LinkedHashMap<>();
    counters.put("jobs", tally.acknowledged());
    counters.put("runs", tally.runs());
    counters.put("effects", tally.effects());
    counters.put("dead", dead);
    counters.put("cancelled", tally.cancelled());
    counters.put("rolled back", tally.rolledBack());
    counters.put("sends failed", tally.failed());
    counters.put("duplicates", tally.duplicates());
    struck.forEach(
        (fault, count) -> {
          if (count > 0) {
            counters.put("fault " + fault.text(), count);
          }
        });
    counters.put("runners replaced", died);
    counters.put("runners late to end", late.size());
    counters.put("looks into the tables", looks);
    counters.putAll(hardships());
    counters.put("lost", found.count(Promise.NOTHING_LOST));
    counters.put("repeated", found.count(Promise.EXACTLY_ONCE));
    counters.put("out of order", found.count(Promise.ORDER));
    counters.put("stale accepted", found.count(Promise.FENCING));
    counters.put("other violations", found.violations().size() - known());
    return counters;
  }

  private long known() {
    return found.count(Promise.NOTHING_LOST)
        + found.count(Promise.EXACTLY_ONCE)
        + found.count(Promise.ORDER)
        + found.count(Promise.FENCING);
  }
}
