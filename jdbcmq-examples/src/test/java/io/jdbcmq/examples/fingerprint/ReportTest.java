package io.jdbcmq.examples.fingerprint;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.examples.fingerprint.Totals.Counts;
import io.jdbcmq.examples.fingerprint.Totals.RunnerTotals;
import io.jdbcmq.examples.fingerprint.Totals.Times;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReportTest {
  private static final Times TIMES =
      new Times(
          Duration.ofSeconds(8),
          Duration.ofSeconds(2),
          Duration.ofMillis(350),
          Duration.ofMillis(1_200),
          Duration.ofMillis(6_300));

  @Test
  void aRunWithAKillIsToldInATable() {
    List<RunnerTotals> runners =
        List.of(
            new RunnerTotals("runner-1", true, 800, 0),
            new RunnerTotals("runner-2", false, 3_700, 12));
    Totals totals =
        new Totals(new Counts(4_500, 26_000_000, 4_500, 1, 0, 0, 4_512, 12), TIMES, runners);

    assertThat(String.join("\n", new Report(totals, 3, 0).table()).stripIndent())
        .isEqualTo(
            """
            files                         4,500  26.0 MB
            skipped                           3  could not be read when the folder was listed
            results                       4,500  1 of them: the file could no longer be read
            attempts                      4,512  more than one for 12 results
            taken over                       12  from runner-1
            dead letters                      0

            results of runner-1             800  killed
            results of runner-2           3,700  took over 12

            elapsed                       8.0 s  2.0 s of it until only what was taken over was left
            rate                        2,244/s  results of first attempts, over those 2.0 s
            wait p50                     350 ms  from send to start of the handler
            wait p99                      1.2 s
            wait longest                  6.3 s""");
    assertThat(new Report(totals, 3, 0).verdict())
        .isEqualTo("4500 files, 4500 results, 0 missing, 0 repeated");
    assertThat(totals.isRight()).isTrue();
  }

  @Test
  void aRunWithoutAKillSaysSo() {
    String table = String.join("\n", new Report(plain(10, 10, 0, 0), 0, 0).table());

    assertThat(table)
        .contains("one for each result", "no runner was killed", "5/s")
        .doesNotContain("skipped", "could no longer be read");
  }

  @Test
  void whatIsMissingOrRepeatedIsWrong() {
    assertThat(plain(10, 10, 0, 0).isRight()).isTrue();
    assertThat(plain(10, 9, 1, 0).isRight()).isFalse();
    assertThat(plain(10, 11, 0, 1).isRight()).isFalse();
    assertThat(plain(10, 10, 1, 1).isRight()).isFalse();
    assertThat(plain(10, 11, 0, 0).isRight()).isFalse(); // a result of no file
    assertThat(plain(0, 0, 0, 0).isRight()).isFalse();
    assertThat(new Report(plain(10, 10, 1, 1), 0, 0).verdict())
        .isEqualTo("10 files, 10 results, 1 missing, 1 repeated");
  }

  private static Totals plain(long files, long results, long missing, long repeated) {
    return new Totals(
        new Counts(files, 0, results, 0, missing, repeated, results, 0), TIMES, List.of());
  }
}
