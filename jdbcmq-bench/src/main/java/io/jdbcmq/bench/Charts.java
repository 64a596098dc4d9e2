package io.jdbcmq.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Draws what systems did side by side, a file for each scenario and kind of figure. */
final class Charts {
  private static final List<String> CPU = List.of(Figures.CLIENT, Figures.SERVER);

  private Charts() {}

  /** Writes charts to a folder, and returns how many. */
  static int write(Path folder, List<Summary> summaries) throws IOException {
    Files.createDirectories(folder);
    int charts = 0;
    for (String scenario : summaries.stream().map(Summary::scenario).distinct().toList()) {
      List<Summary> of =
          summaries.stream().filter(each -> each.scenario().equals(scenario)).toList();
      charts += chart(folder, scenario + "-rate", scenario + ": rate", "jobs/s", of, Figures.RATE);
      charts += chart(folder, scenario + "-wal", scenario + ": WAL", "B per job", of, Figures.WAL);
      charts += chart(folder, scenario + "-p50", scenario + ": median", "ms", of, Figures.P50);
      charts +=
          chart(folder, scenario + "-p99", scenario + ": 99th percentile", "ms", of, Figures.P99);
      charts += cpu(folder, scenario, of);
    }
    return charts;
  }

  private static int chart(
      Path folder, String file, String title, String unit, List<Summary> of, String figure)
      throws IOException {
    return write(
        folder, file, new Chart(title, unit, List.of(""), bars(of, List.of(figure))), of, figure);
  }

  private static int cpu(Path folder, String scenario, List<Summary> of) throws IOException {
    Chart chart =
        new Chart(
            scenario + ": CPU time", "\u00b5s per job", List.of("client", "server"), bars(of, CPU));
    return write(folder, scenario + "-cpu", chart, of, Figures.CLIENT);
  }

  private static int write(Path folder, String file, Chart chart, List<Summary> of, String figure)
      throws IOException {
    if (of.stream().noneMatch(each -> each.medians().containsKey(figure))) {
      return 0;
    }
    Files.writeString(folder.resolve(file + ".svg"), chart.svg());
    return 1;
  }

  private static List<Chart.Bar> bars(List<Summary> of, List<String> figures) {
    List<Chart.Bar> bars = new ArrayList<>();
    for (Summary each : of) {
      if (each.medians().keySet().containsAll(figures)) {
        bars.add(
            new Chart.Bar(
                each.system(),
                figures.stream()
                    .map(figure -> Objects.requireNonNull(each.medians().get(figure)))
                    .toList()));
      }
    }
    return bars;
  }
}
