package io.jdbcmq.mutation;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Which mutants were killed. */
final class Score {
  private final List<Line> lines = new ArrayList<>();

  /**
   * One mutant.
   *
   * @param kill none: it has survived
   */
  private record Line(Mutant mutant, Optional<Kill> kill, double seconds) {
    String status() {
      return kill.map(by -> by.verdict().outcome().name()).orElse("SURVIVED");
    }

    String row() {
      return String.join(
          "\t",
          mutant.name(),
          "" + mutant.line(),
          status(),
          "%.1f".formatted(seconds),
          kill.map(Kill::test).orElse(""),
          mutant.edit().told(),
          kill.map(by -> by.verdict().message()).orElse(""));
    }
  }

  /** Notes a mutant, and tells it in a line. */
  String add(Mutant mutant, Optional<Kill> kill, double seconds) {
    Line line = new Line(mutant, kill, seconds);
    lines.add(line);
    return "%-8s %s, %s%s (%.0f s)"
        .formatted(
            line.status().toLowerCase(Locale.ROOT),
            mutant.name(),
            mutant.told(),
            kill.map(by -> "; by " + by.test()).orElse(""),
            seconds);
  }

  int percent() {
    return lines.isEmpty() ? 0 : (int) (100 * killed() / lines.size());
  }

  private long killed() {
    return lines.stream().filter(line -> line.kill().isPresent()).count();
  }

  /** A line for each mutant, with tabs. */
  void write(Path file) throws IOException {
    List<String> rows = new ArrayList<>();
    rows.add("mutant\tline\tstatus\tseconds\tkiller\tchange\tmessage");
    lines.forEach(line -> rows.add(line.row()));
    Files.write(file, rows);
  }

  void print(PrintStream out) {
    Map<String, List<Line>> byFunction = new TreeMap<>();
    for (Line line : lines) {
      byFunction
          .computeIfAbsent(line.mutant().routine().name(), name -> new ArrayList<>())
          .add(line);
    }
    out.printf("%n%-28s %8s %8s%n", "function", "mutants", "killed");
    byFunction.forEach(
        (name, ofIt) ->
            out.printf(
                "%-28s %8d %8d%n",
                name, ofIt.size(), ofIt.stream().filter(l -> l.kill().isPresent()).count()));
    out.printf("%nSurvivors:%n");
    lines.stream()
        .filter(line -> line.kill().isEmpty())
        .map(line -> "  " + line.mutant().name() + ", " + line.mutant().told())
        .sorted()
        .forEach(out::println);
    out.printf("%n%d of %d mutants were killed: %d %%%n", killed(), lines.size(), percent());
  }
}
