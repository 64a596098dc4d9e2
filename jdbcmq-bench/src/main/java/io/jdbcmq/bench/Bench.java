package io.jdbcmq.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures what jobs cost: rates, CPU time of client and server, write-ahead log, latency. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = "Measures jdbcmq on an embedded PostgreSQL with durable settings.")
public final class Bench implements Callable<Integer> {
  @Option(
      names = "--scenarios",
      split = ",",
      paramLabel = "NAME",
      description = "which to run, separated by commas; all otherwise")
  private List<String> names = new ArrayList<>();

  @Option(names = "--list", description = "show the scenarios and stop")
  private boolean list;

  @Option(names = "--quick", description = "small numbers, for a first look")
  private boolean quick;

  @Option(names = "--json", paramLabel = "FILE", description = "write the figures there, too")
  private Optional<Path> json = Optional.empty();

  /** Runs the command. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Bench()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    if (list) {
      Scenarios.all()
          .forEach(scenario -> System.out.printf("%-14s %s%n", scenario.name(), scenario.about()));
      return 0;
    }
    List<Scenario> scenarios;
    try {
      scenarios = Scenarios.named(names);
    } catch (IllegalArgumentException e) {
      System.err.println("bench: " + e.getMessage());
      return 2;
    }
    Report report = new Report();
    try (Stage stage = new Stage(report, quick)) {
      facts(report, stage);
      for (Scenario scenario : scenarios) {
        report.heading(scenario);
        Instant start = Instant.now();
        scenario.run(stage);
        System.out.printf(
            "(%d s; load average %.1f)%n",
            Duration.between(start, Instant.now()).toSeconds(), Report.load());
        if (json.isPresent()) {
          report.write(json.get()); // after each one: a later one may fail
        }
      }
    }
    return 0;
  }

  private void facts(Report report, Stage stage) {
    report.fact("begun", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    report.fact("PostgreSQL", stage.server().version());
    report.fact("Java", Runtime.version().feature());
    report.fact("processors", Runtime.getRuntime().availableProcessors());
    report.fact("load average", Report.load());
    report.fact("payload bytes", Payloads.SIZE);
    report.fact("quick", quick);
  }
}
