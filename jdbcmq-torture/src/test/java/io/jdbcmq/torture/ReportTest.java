package io.jdbcmq.torture;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.torture.check.Tally;
import io.jdbcmq.torture.check.Verdict;
import io.jdbcmq.torture.check.Violation;
import io.jdbcmq.torture.check.Violation.Promise;
import io.jdbcmq.torture.fault.Fault;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A run that has shown little is not said to have shown that all is well. */
class ReportTest {
  private static final List<Fault> ALL = List.of(Fault.values());
  private static final Violation VIOLATION = new Violation(Promise.ORDER, "job 2", List.of());

  @Test
  void aLongRunWithAllFaultsMustHaveSeenAllThatIsHard() {
    assertThat(report(180, ALL, tally(1), 1, List.of()).verdict()).isEqualTo(Outcome.OK);
    assertThat(report(180, ALL, tally(0), 1, List.of()).verdict()).isEqualTo(Outcome.TOO_WEAK);
    assertThat(report(180, ALL, tally(1), 0, List.of()).verdict()).isEqualTo(Outcome.TOO_WEAK);
  }

  @Test
  void aRunInWhichNothingHappenedShowsNothing() {
    assertThat(report(10, List.of(), tally(0), 0, List.of()).verdict()).isEqualTo(Outcome.TOO_WEAK);
  }

  @Test
  void aFaultThatHasStruckNobodyMakesItWeak() {
    assertThat(report(180, ALL, tally(1), Map.of(Fault.DISK_FULL, 1L)).verdict())
        .isEqualTo(Outcome.OK);
    assertThat(report(180, ALL, tally(1), Map.of(Fault.DISK_FULL, 0L)).verdict())
        .isEqualTo(Outcome.TOO_WEAK);
  }

  @Test
  void aShortRunAndOneWithSomeFaultsNeedNot() {
    assertThat(report(179, ALL, tally(1), 0, List.of()).verdict()).isEqualTo(Outcome.OK);
    assertThat(report(180, List.of(Fault.KILL), tally(1), 0, List.of()).verdict())
        .isEqualTo(Outcome.OK);
  }

  @Test
  void aViolationCountsMost() {
    assertThat(report(180, ALL, tally(0), 0, List.of(VIOLATION)).verdict())
        .isEqualTo(Outcome.VIOLATED);
  }

  @Test
  void whatWasNotSeenIsTold() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    report(180, ALL, tally(1), 0, List.of())
        .print(new PrintStream(out, true, StandardCharsets.UTF_8));
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("not seen in this run: deadlocks");
  }

  private static Tally tally(long each) {
    return new Tally(
        each, each, each, each, each, each, each, each, each, each, each, each, each, each, each);
  }

  private static Report report(
      int seconds, List<Fault> faults, Tally tally, Map<Fault, Long> felt) {
    return report(seconds, faults, tally, felt, 1, List.of());
  }

  private static Report report(
      int seconds, List<Fault> faults, Tally tally, long deadlocks, List<Violation> violations) {
    return report(seconds, faults, tally, Map.of(), deadlocks, violations);
  }

  private static Report report(
      int seconds,
      List<Fault> faults,
      Tally tally,
      Map<Fault, Long> felt,
      long deadlocks,
      List<Violation> violations) {
    Plan plan =
        new Plan(
            Path.of("folder"), 1, seconds, 20, 750, faults, Optional.empty(), Optional.empty());
    Verdict verdict = new Verdict(violations, tally, List.of());
    return new Report(plan, Map.of(), Map.of(), felt, 0, List.of(), 1, deadlocks, 0, verdict);
  }
}
