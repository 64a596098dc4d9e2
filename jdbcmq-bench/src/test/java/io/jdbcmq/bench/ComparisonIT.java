package io.jdbcmq.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ComparisonIT {
  private static final Pace.Rounds TWO_ROUNDS =
      new Pace.Rounds(20, 2, false, System.nanoTime() + Long.MAX_VALUE / 4);

  @TempDir Path folder;

  @Test
  void everySystemRunsEachJobOnceInTwoRoundsAndIsReported() throws Exception {
    Report report = new Report();
    try (Stage stage = new Stage(report, true);
        Comparison comparison = new Comparison(stage, folder.resolve("processes.log"))) {
      List<Summary> summaries = comparison.run(Contests.smoke(), Contenders.all(), TWO_ROUNDS);

      assertThat(summaries).hasSameSizeAs(Contenders.all());
      assertThat(summaries).allSatisfy(ComparisonIT::ranEachJobOnce);
      summaries.forEach(report::add);
    }
    Path json = folder.resolve("report.json");
    report.write(json);
    hasAnObjectPerSystem(json);
    assertThat(Charts.write(folder.resolve("charts"), report.summaries())).isEqualTo(3);
    assertThat(Files.readString(folder.resolve("charts/smoke-rate.svg"))).contains("db-scheduler");
  }

  @Test
  void severalProcessesShareTheJobs() throws Exception {
    try (Stage stage = new Stage(new Report(), true);
        Comparison comparison = new Comparison(stage, folder.resolve("processes.log"))) {
      List<Summary> summaries =
          comparison.run(
              Contests.named("runners-2"),
              Contenders.named(List.of("jdbcmq", "limit")),
              new Pace.Rounds(5, 1, false, System.nanoTime() + Long.MAX_VALUE / 4));

      assertThat(summaries)
          .allSatisfy(
              summary -> {
                assertThat(summary.note()).doesNotContain(Figures.FAILED);
                assertThat(summary.isExact()).isTrue();
                assertThat(summary.medians().get(Figures.JOBS)).isPositive();
              });
    }
  }

  private static void ranEachJobOnce(Summary summary) {
    assertThat(summary.note()).as(summary.system()).isEmpty();
    assertThat(summary.rounds()).isEqualTo(2);
    assertThat(summary.isExact()).isTrue();
    assertThat(summary.spreads().get(Figures.JOBS))
        .isEqualTo(new Summary.Spread(Contests.SMOKE_JOBS, Contests.SMOKE_JOBS));
  }

  private static void hasAnObjectPerSystem(Path json) throws Exception {
    JsonNode rows = JsonMapper.builder().build().readTree(Files.readString(json));
    assertThat(rows.isArray()).isTrue();
    assertThat(rows).hasSize(Contenders.all().size());
    for (JsonNode row : rows) {
      assertThat(row.get("scenario").asString()).isEqualTo("smoke");
      assertThat(row.get("version").asString()).matches("[0-9].*");
      for (String figure :
          List.of(
              "jobs_per_s",
              "client_cpu_us_per_job",
              "client_alloc_bytes_per_job",
              "server_cpu_us_per_job",
              "wal_bytes_per_job",
              "dead_tuples")) {
        assertThat(Optional.ofNullable(row.get(figure)))
            .as("%s of %s", figure, row.get("system"))
            .hasValueSatisfying(value -> assertThat(value.asDouble()).isNotNegative());
      }
      assertThat(row.get("spread").get("jobs_per_s")).hasSize(2);
    }
  }
}
