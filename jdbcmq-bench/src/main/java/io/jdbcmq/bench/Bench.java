package io.jdbcmq.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures what jobs cost, in jdbcmq and side by side in others. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description =
        "Measures jdbcmq and other job queues on an embedded PostgreSQL with durable settings.")
public final class Bench implements Callable<Integer> {
  private static final Duration HURRY = Duration.ofSeconds(510);

  @Option(
      names = "--systems",
      split = ",",
      paramLabel = "NAME",
      description = "which to compare, separated by commas; all otherwise")
  private List<String> systems = new ArrayList<>();

  @Option(
      names = "--scenarios",
      split = ",",
      paramLabel = "NAME",
      description = "which to run, separated by commas; all that compare systems otherwise")
  private List<String> scenarios = new ArrayList<>();

  @Option(names = "--list", description = "show systems and scenarios, and stop")
  private boolean list;

  @Option(
      names = "--quick",
      description = "small numbers and few rounds, for a first look: ten minutes on two cores")
  private boolean quick;

  @Option(names = "--huge", description = "add backlog-10m, which takes long")
  private boolean huge;

  @Option(
      names = "--pieces",
      description =
          "measure pieces of jdbcmq's Java by JMH instead, without a database: time and allocation")
  private boolean pieces;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "where the figures go; ${DEFAULT-VALUE} otherwise")
  private Path json = Path.of("target", "bench", "report.json");

  @Option(
      names = "--charts",
      paramLabel = "FOLDER",
      description = "where the charts go; ${DEFAULT-VALUE} otherwise")
  private Path charts = Path.of("target", "bench", "charts");

  /** Runs the command. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Bench()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    if (list) {
      list();
      return 0;
    }
    if (pieces) {
      Pieces.run(quick);
      return 0;
    }
    List<Contender> contenders;
    Program program;
    try {
      contenders = Contenders.named(systems);
      program = Program.of(scenarios, huge);
    } catch (IllegalArgumentException e) {
      System.err.println("bench: " + e.getMessage());
      return 2;
    }
    Report report = new Report();
    try (Stage stage = new Stage(report, quick)) {
      facts(report, stage);
      compare(stage, program.contests(), contenders);
      for (Scenario scenario : program.alone()) {
        report.heading(scenario.name(), scenario.about());
        Instant start = Instant.now();
        scenario.run(stage);
        end(report, start);
      }
    }
    System.out.printf("%nFigures: %s%nCharts: %s%n", json, charts);
    return report.summaries().stream().allMatch(Summary::isClean) ? 0 : 1;
  }

  private void compare(Stage stage, List<Program.Part> contests, List<Contender> contenders)
      throws Exception {
    Pace pace = new Pace(quick, HURRY, Program.weight(contests, contenders));
    Path log = json.toAbsolutePath().resolveSibling("processes.log");
    Report report = stage.report();
    try (Comparison comparison = new Comparison(stage, log)) {
      for (Program.Part part : contests) {
        Instant start = Instant.now();
        Pace.Rounds rounds = pace.next(part.contest(), Program.able(part, contenders));
        List<Summary> summaries = comparison.run(part.contest(), contenders, rounds);
        for (String scenario : part.wanted()) {
          report.heading(scenario, part.contest().about());
          summaries.stream()
              .filter(summary -> summary.scenario().equals(scenario))
              .forEach(report::add);
        }
        end(report, start);
      }
    }
  }

  private void end(Report report, Instant start) throws Exception {
    System.out.printf(
        "(%d s; load average %.1f)%n",
        Duration.between(start, Instant.now()).toSeconds(), Report.load());
    report.write(json); // after each one: a later one may fail
    Charts.write(charts, report.summaries());
  }

  private static void list() {
    System.out.println("Systems:");
    Contenders.all().forEach(each -> show(each.name(), each.version() + ": " + each.about()));
    System.out.println("Scenarios that compare systems:");
    Contests.all().forEach(each -> show(String.join(", ", each.names()), each.about()));
    System.out.println("Scenarios of jdbcmq alone, which run when they are named:");
    Scenarios.all().forEach(each -> show(each.name(), each.about()));
  }

  private static void show(String name, String about) {
    System.out.printf("  %-22s %s%n", name, about);
  }

  private void facts(Report report, Stage stage) {
    report.fact("begun", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    report.fact("PostgreSQL", stage.server().version());
    for (String setting :
        List.of("fsync", "synchronous_commit", "shared_buffers", "max_wal_size")) {
      report.fact(
          setting,
          stage.database().texts("select current_setting(?)", setting).stream()
              .collect(Collectors.joining()));
    }
    report.fact("Java", Runtime.version().feature());
    report.fact("processors", Runtime.getRuntime().availableProcessors());
    report.fact("load average", Report.load());
    report.fact("payload bytes", Payloads.SIZE);
    report.fact("quick", quick);
  }
}
