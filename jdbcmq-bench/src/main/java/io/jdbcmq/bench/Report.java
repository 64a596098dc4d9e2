package io.jdbcmq.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;
import tools.jackson.databind.json.JsonMapper;

/** Rows of figures: printed as they come, and kept for a file. */
final class Report {
  private static final List<String> FIGURES =
      List.of(
          "jobs",
          "jobs/s",
          "client us",
          "server us",
          "WAL bytes",
          "p50 ms",
          "p95 ms",
          "p99 ms",
          "max ms");

  private final Map<String, Object> facts = new LinkedHashMap<>();
  private final List<Map<String, Object>> rows = new ArrayList<>();

  /** Notes a fact about the whole run. */
  void fact(String name, Object value) {
    facts.put(name, value);
    System.out.println(name + ": " + value);
  }

  /** Begins a table. */
  void heading(Scenario scenario) {
    System.out.printf("%n%s: %s%n%-44s", scenario.name(), scenario.about(), "");
    FIGURES.forEach(figure -> System.out.printf("%10s", figure));
    System.out.println();
  }

  void add(Scenario scenario, String system, String what, Usage usage) {
    add(scenario, system, what, figures(usage));
  }

  void add(Scenario scenario, String system, String what, Usage usage, Histogram micros) {
    Map<String, Double> figures = figures(usage);
    figures.putAll(figures(micros));
    add(scenario, system, what, figures);
  }

  /** A row that is a ratio, or another remark on rows before. */
  void remark(Scenario scenario, String system, String what, double value) {
    rows.add(row(scenario, system, what, Map.of("value", rounded(value))));
    System.out.printf(Locale.ROOT, "%-44s%10.3f%n", "  " + what, value);
  }

  private void add(Scenario scenario, String system, String what, Map<String, Double> figures) {
    rows.add(row(scenario, system, what, figures));
    System.out.printf("%-44s", what);
    for (String figure : FIGURES) {
      Double value = figures.get(figure);
      System.out.printf("%10s", value == null ? "" : text(figure, value));
    }
    System.out.println();
  }

  void write(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    Map<String, Object> all = new LinkedHashMap<>(facts);
    all.put("rows", rows);
    JsonMapper mapper = JsonMapper.builder().build();
    Files.write(file, mapper.writerWithDefaultPrettyPrinter().writeValueAsBytes(all));
  }

  private static Map<String, Object> row(
      Scenario scenario, String system, String what, Map<String, Double> figures) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("scenario", scenario.name());
    row.put("system", system);
    row.put("what", what);
    row.put("load", load());
    row.putAll(figures);
    return row;
  }

  private static Map<String, Double> figures(Usage usage) {
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("jobs", (double) usage.jobs());
    figures.put("jobs/s", rounded(usage.jobsPerSecond()));
    figures.put("client us", rounded(usage.clientMicrosPerJob()));
    figures.put("server us", rounded(usage.serverMicrosPerJob()));
    figures.put("WAL bytes", rounded(usage.walBytesPerJob()));
    figures.values().removeIf(value -> value < 0); // not measured
    return figures;
  }

  private static Map<String, Double> figures(Histogram micros) {
    Map<String, Double> figures = new LinkedHashMap<>();
    for (int percentile : List.of(50, 95, 99)) {
      figures.put("p" + percentile + " ms", micros.getValueAtPercentile(percentile) / 1e3);
    }
    figures.put("max ms", micros.getMaxValue() / 1e3);
    return figures;
  }

  private static String text(String figure, double value) {
    boolean whole = figure.startsWith("jobs") || figure.startsWith("WAL");
    return String.format(Locale.ROOT, whole ? "%.0f" : "%.1f", value);
  }

  private static double rounded(double value) {
    return Math.round(value * 1e3) / 1e3;
  }

  /** How busy the machine is, over the last minute: the figures depend on it. */
  static double load() {
    return rounded(ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
  }
}
