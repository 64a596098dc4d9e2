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

/**
 * Rows of figures: printed as they come, and kept for a file, which is an array of objects, one for
 * each system and scenario. Facts about the whole run go to a file beside it.
 */
final class Report {
  private static final Map<String, String> COLUMNS = columns();
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private final Map<String, Object> facts = new LinkedHashMap<>();
  private final List<Map<String, Object>> rows = new ArrayList<>();
  private final List<Summary> summaries = new ArrayList<>();

  /** Figures in the order of the table, and their headings. */
  private static Map<String, String> columns() {
    Map<String, String> columns = new LinkedHashMap<>();
    columns.put(Figures.JOBS, "jobs");
    columns.put(Figures.RATE, "jobs/s");
    columns.put(Figures.CLIENT, "client us");
    columns.put(Figures.ALLOCATED, "alloc B");
    columns.put(Figures.SERVER, "server us");
    columns.put(Figures.WAL, "WAL bytes");
    columns.put(Figures.P50, "p50 ms");
    columns.put(Figures.P95, "p95 ms");
    columns.put(Figures.P99, "p99 ms");
    columns.put(Figures.MAX, "max ms");
    columns.put(Figures.DEAD, "dead");
    return columns;
  }

  /** Notes a fact about the whole run. */
  void fact(String name, Object value) {
    facts.put(name, value);
    System.out.println(name + ": " + value);
  }

  /** Begins a table. */
  void heading(String name, String about) {
    System.out.printf("%n%s: %s%n%-44s", name, about, "");
    COLUMNS.values().forEach(heading -> System.out.printf("%10s", heading));
    System.out.println();
  }

  /** What systems did side by side; figures that were not measured are left out. */
  void add(Summary summary) {
    summaries.add(summary);
    Map<String, Object> row = row(summary.system(), summary.version(), summary.scenario());
    COLUMNS
        .keySet()
        .forEach(
            figure -> {
              Double median = summary.medians().get(figure);
              if (median != null) {
                row.put(figure, rounded(median));
              }
            });
    if (!summary.isExact()) {
      row.put(Figures.TWICE, summary.medians().get(Figures.TWICE));
    }
    row.put("rounds", summary.rounds());
    row.put("load", load());
    Map<String, Object> spread = new LinkedHashMap<>();
    summary
        .spreads()
        .forEach(
            (figure, range) ->
                spread.put(figure, List.of(rounded(range.min()), rounded(range.max()))));
    row.put("spread", spread);
    if (!summary.note().isEmpty()) {
      row.put("note", summary.note());
    }
    rows.add(row);
    print(summary);
  }

  private static void print(Summary summary) {
    if (summary.medians().isEmpty()) {
      System.out.printf("%-44s%s%n", "  " + summary.system(), summary.note());
      return;
    }
    Summary.Spread rate = summary.spreads().get(Figures.RATE);
    String range =
        rate == null || summary.rounds() < 2
            ? ""
            : String.format(Locale.ROOT, " (%,.0f to %,.0f/s)", rate.min(), rate.max());
    print("  " + summary.system() + range, summary.medians());
    if (!summary.note().isEmpty()) {
      System.out.println("    " + summary.note());
    }
    if (!summary.isExact()) {
      System.out.printf("    %.0f jobs were run twice%n", summary.medians().get(Figures.TWICE));
    }
  }

  void add(Scenario scenario, String system, String what, Usage usage) {
    add(scenario, system, what, figures(usage));
  }

  void add(Scenario scenario, String system, String what, Usage usage, Histogram micros) {
    Map<String, Double> figures = figures(usage);
    figures.putAll(Figures.of(usage.jobs()).waits(micros).build().values());
    add(scenario, system, what, figures);
  }

  /** A row that is a ratio, or another remark on rows before. */
  void remark(Scenario scenario, String system, String what, double value) {
    Map<String, Object> row = row(scenario, system, what);
    row.put("value", rounded(value));
    rows.add(row);
    System.out.printf(Locale.ROOT, "%-44s%10.3f%n", "  " + what, value);
  }

  private void add(Scenario scenario, String system, String what, Map<String, Double> figures) {
    Map<String, Object> row = row(scenario, system, what);
    figures.forEach((name, value) -> row.put(name, rounded(value)));
    rows.add(row);
    print(what, figures);
  }

  private static void print(String what, Map<String, Double> figures) {
    System.out.printf("%-44s", what);
    for (String figure : COLUMNS.keySet()) {
      Double value = figures.get(figure);
      System.out.printf("%10s", value == null ? "" : text(figure, value));
    }
    System.out.println();
  }

  /** Writes what there is so far; a later scenario may fail. */
  void write(Path file) throws IOException {
    Path absolute = file.toAbsolutePath();
    Path folder = absolute.getParent();
    if (folder == null) {
      throw new IOException(file + " is not a file that could be written");
    }
    Files.createDirectories(folder);
    Files.write(file, MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(rows));
    Path environment = absolute.resolveSibling("environment.json");
    Files.write(environment, MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(facts));
  }

  List<Summary> summaries() {
    return List.copyOf(summaries);
  }

  private static Map<String, Object> row(Scenario scenario, String system, String what) {
    Map<String, Object> row = row(system, Versions.of(system), scenario.name());
    row.put("what", what);
    row.put("load", load());
    return row;
  }

  private static Map<String, Object> row(String system, String version, String scenario) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("system", system);
    row.put("version", version);
    row.put("scenario", scenario);
    return row;
  }

  private static Map<String, Double> figures(Usage usage) {
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put(Figures.JOBS, (double) usage.jobs());
    figures.put(Figures.RATE, usage.jobsPerSecond());
    figures.put(Figures.CLIENT, usage.clientMicrosPerJob());
    figures.put(Figures.SERVER, usage.serverMicrosPerJob());
    figures.put(Figures.WAL, usage.walBytesPerJob());
    figures.values().removeIf(value -> value < 0); // not measured
    return figures;
  }

  private static String text(String figure, double value) {
    boolean fine = figure.endsWith("_ms") || figure.contains("_us_");
    return String.format(Locale.ROOT, fine ? "%.1f" : "%.0f", value);
  }

  private static double rounded(double value) {
    return Math.round(value * 1e3) / 1e3;
  }

  /** How busy the machine is, over the last minute: the figures depend on it. */
  static double load() {
    return rounded(ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
  }
}
