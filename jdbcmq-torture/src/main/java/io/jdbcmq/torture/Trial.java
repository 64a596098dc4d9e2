package io.jdbcmq.torture;

import io.jdbcmq.torture.check.Violation;
import io.jdbcmq.torture.fault.Fault;
import io.jdbcmq.torture.plant.Defect;
import io.jdbcmq.torture.plant.KnownDefect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Tests the tester: whether each defect that can be planted is found. */
final class Trial {
  private static final int MOST_RUNS = 3;
  private static final String COLUMNS = "%-22s %-12s %4s  %s%n";

  private final Path folder;
  private final long seed;
  private final int seconds;
  private final int pauseMs;
  private final int everyMs;

  Trial(Path folder, long seed, int seconds, int pauseMs, int everyMs) {
    this.folder = folder;
    this.seed = seed;
    this.seconds = seconds;
    this.pauseMs = pauseMs;
    this.everyMs = everyMs;
  }

  /** Returns whether all of them were found, and nothing where none was built in. */
  boolean run() throws Exception {
    List<String> table = new ArrayList<>();
    boolean told = true;
    Set<String> played = new LinkedHashSet<>();
    for (KnownDefect planted : KnownDefect.all()) {
      if (played.add(planted.faults())) {
        System.out.println("without a defect");
        String as = play("sound-" + played.size(), planted.faults(), Optional.empty(), seed);
        told &= as.isEmpty();
        table.add(COLUMNS.formatted("none", planted.faults(), 1, as));
      }
      System.out.println(planted.name());
      String as = "";
      int runs = 0;
      while (as.isEmpty() && runs < MOST_RUNS) {
        as =
            play(
                planted.name() + "-" + runs,
                planted.faults(),
                Optional.of(planted.defect()),
                seed + runs);
        runs++;
      }
      told &= !as.isEmpty();
      table.add(
          COLUMNS.formatted(
              planted.name(), planted.faults(), runs, as.isEmpty() ? "NOT FOUND" : as));
    }
    System.out.printf(COLUMNS, "defect", "faults", "runs", "found as");
    table.forEach(System.out::print);
    return told;
  }

  /** Which promises were seen to be broken; empty: none. */
  private String play(String name, String withFaults, Optional<Defect> defect, long its)
      throws Exception {
    Path where = folder.resolve(name);
    Files.createDirectories(where);
    List<Fault> faults =
        Arrays.stream(withFaults.split(","))
            .filter(fault -> !fault.equals("none"))
            .map(fault -> Fault.named(fault).orElseThrow())
            .toList();
    Plan plan = new Plan(where, its, seconds, pauseMs, everyMs, faults, defect, Optional.empty());
    Report report = new Course(plan).run();
    report.write(where);
    return report.found().violations().stream()
        .map(Violation::promise)
        .distinct()
        .sorted()
        .map(promise -> promise.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(", "));
  }
}
