package io.jdbcmq.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ReportTest {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  @TempDir Path folder;

  @Test
  void theFileHasAnObjectForEachSystemAndScenario() throws Exception {
    Report report = new Report();
    report.fact("Java", 17);
    Figures figures =
        Figures.of(100)
            .rate(100, 2_000_000_000)
            .cost(new Usage(100, 1, 500_000, 250_000, 20_000))
            .allocated(150_000, 100)
            .build();
    report.add(Summary.of(Contenders.named("limit"), "drain", List.of(figures)));
    report.add(
        Summary.of(Contenders.named("quartz"), "send-list", List.of(Figures.leftOut("why"))));

    Path file = folder.resolve("deep/report.json");
    report.write(file);

    JsonNode rows = MAPPER.readTree(Files.readString(file));
    assertThat(rows).hasSize(2);
    JsonNode limit = rows.get(0);
    assertThat(limit.get("system").asString()).isEqualTo("limit");
    assertThat(limit.get("scenario").asString()).isEqualTo("drain");
    assertThat(limit.get("jobs_per_s").asDouble()).isEqualTo(50);
    assertThat(limit.get("client_cpu_us_per_job").asDouble()).isEqualTo(5);
    assertThat(limit.get("client_alloc_bytes_per_job").asDouble()).isEqualTo(1_500);
    assertThat(limit.get("server_cpu_us_per_job").asDouble()).isEqualTo(2.5);
    assertThat(limit.get("wal_bytes_per_job").asDouble()).isEqualTo(200);
    assertThat(limit.has("p50_ms")).as("not a latency").isFalse();
    assertThat(rows.get(1).has("jobs_per_s")).isFalse();
    assertThat(rows.get(1).get("note").asString()).isEqualTo("why");
    JsonNode facts = MAPPER.readTree(Files.readString(folder.resolve("deep/environment.json")));
    assertThat(facts.get("Java").asInt()).isEqualTo(17);
  }

  @Test
  void aChartEscapesItsTextAndScalesToTheLongestBar() {
    Chart chart =
        new Chart(
            "a < b",
            "jobs/s",
            List.of("client", "server"),
            List.of(
                new Chart.Bar("one", List.of(1.0, 3.0)), new Chart.Bar("two", List.of(1.0, 1.0))));

    assertThat(chart.svg())
        .contains("a &lt; b")
        .contains("width=\"315.0\"") // 3 of 4
        .contains("width=\"105.0\"")
        .contains(">4.0<", ">2.0<");
  }

  @Test
  void figuresWithoutJobsHaveNoCostPerJob() {
    assertThat(Figures.of(0).cost(new Usage(0, 1, 1, 1, 1)).allocated(1, 0).build().values())
        .isEqualTo(Map.of(Figures.JOBS, 0.0));
  }
}
