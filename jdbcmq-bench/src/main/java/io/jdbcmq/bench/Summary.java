package io.jdbcmq.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What one system did in one scenario: medians over the rounds that count.
 *
 * @param system its name
 * @param version its version
 * @param scenario name of the scenario
 * @param rounds how many rounds counted
 * @param medians median of each figure
 * @param spreads least and most of each figure
 * @param note what to know about it; may be empty
 */
record Summary(
    String system,
    String version,
    String scenario,
    int rounds,
    Map<String, Double> medians,
    Map<String, Spread> spreads,
    String note) {

  /** Least and most. */
  record Spread(double min, double max) {}

  /** Sums up rounds; those without figures add their notes only. */
  static Summary of(Contender contender, String scenario, List<Figures> rounds) {
    Map<String, List<Double>> all = new LinkedHashMap<>();
    for (Figures round : rounds) {
      round
          .values()
          .forEach((name, value) -> all.computeIfAbsent(name, n -> new ArrayList<>()).add(value));
    }
    Map<String, Double> medians = new LinkedHashMap<>();
    Map<String, Spread> spreads = new LinkedHashMap<>();
    all.forEach(
        (name, values) -> {
          // Even one job that was run twice is one too many.
          medians.put(name, name.equals(Figures.TWICE) ? max(values) : median(values));
          spreads.put(name, new Spread(min(values), max(values)));
        });
    String notes =
        rounds.stream()
            .map(Figures::note)
            .filter(note -> !note.isEmpty())
            .collect(Collectors.toCollection(TreeSet::new))
            .stream()
            .collect(Collectors.joining("; "));
    int counted = (int) rounds.stream().filter(round -> !round.values().isEmpty()).count();
    return new Summary(
        contender.name(), contender.version(), scenario, counted, medians, spreads, notes);
  }

  /** The middle one, or the mean of the two in the middle. */
  static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  private static double min(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
  }

  private static double max(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
  }

  /** Whether each job was run once. */
  boolean isExact() {
    return !medians.containsKey(Figures.TWICE);
  }

  /** Whether nothing went wrong. */
  boolean isClean() {
    return isExact() && !note.contains(Figures.FAILED);
  }
}
