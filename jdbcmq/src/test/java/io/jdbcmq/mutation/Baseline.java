package io.jdbcmq.mutation;

import static java.util.stream.Collectors.toCollection;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What the tests do without a mutant: how long each takes, and which functions it calls. */
final class Baseline {
  private final List<Reach> tests = new ArrayList<>();

  /** Mutants of a function that a test has killed, so that it comes first for the next one. */
  private final Map<String, Integer> kills = new TreeMap<>();

  void add(List<Reach> reached) {
    tests.addAll(reached);
  }

  /** Tests that call the function: those first from which a quick kill is to be expected. */
  List<Reach> reaching(String function) {
    return tests.stream()
        .filter(test -> test.functions().contains(function))
        .sorted(Comparator.comparingDouble(test -> cost(test, function)))
        .toList();
  }

  private double cost(Reach test, String function) {
    // One that calls few functions is about this one rather than about another.
    double likely = kills.getOrDefault(key(test, function), 0) + 1.0 / test.functions().size();
    return (test.took().toMillis() + 100) / likely;
  }

  void killed(Reach test, String function) {
    kills.merge(key(test, function), 1, Integer::sum);
  }

  private static String key(Reach test, String function) {
    return test.id() + " " + function;
  }

  void write(Path file) throws IOException {
    Files.write(
        file,
        tests.stream()
            .map(
                test ->
                    String.join(
                        "\t",
                        test.id(),
                        "" + test.took().toMillis(),
                        String.join(" ", test.functions())))
            .toList());
  }

  static Baseline read(Path file) throws IOException {
    Baseline baseline = new Baseline();
    for (String line : Files.readAllLines(file)) {
      String[] parts = line.split("\t", -1);
      baseline.tests.add(
          new Reach(
              parts[0],
              Duration.ofMillis(Long.parseLong(parts[1])),
              Stream.of(parts[2].split(" ")).collect(toCollection(TreeSet::new))));
    }
    return baseline;
  }
}
