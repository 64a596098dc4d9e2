package io.jdbcmq.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ProgramTest {
  @Test
  void withoutNamesAllContestsAreRunAndNothingOfJdbcmqAlone() {
    Program program = Program.of(List.of(), false);

    assertThat(wanted(program))
        .contains(
            "send-one-1",
            "send-one-8",
            "send-list",
            "drain",
            "drain-1ms",
            "steady",
            "latency",
            "backlog-20k",
            "backlog-1m",
            "channels-1",
            "channels-1k",
            "channels-100k",
            "ordered-1k",
            "held-first",
            "held-last",
            "delayed-far",
            "delayed-due",
            "runners-2",
            "runners-4",
            "runners-8")
        .doesNotContain("backlog-10m");
    assertThat(program.alone()).isEmpty();
  }

  @Test
  void namesPickContestsAndScenariosOfJdbcmqAlone() {
    Program program = Program.of(List.of("unique", "drain", "held-last"), false);

    assertThat(wanted(program)).containsExactly("drain", "held-last");
    assertThat(program.alone()).extracting(Scenario::name).containsExactly("unique");
  }

  @Test
  void theHugeBacklogIsRunOnlyWhenItIsAskedFor() {
    assertThat(wanted(Program.of(List.of("drain"), true))).containsExactly("drain", "backlog-10m");
    assertThat(wanted(Program.of(List.of("backlog-10m"), false))).containsExactly("backlog-10m");
  }

  @Test
  void anUnknownNameIsToldWithThoseThatThereAre() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Program.of(List.of("drian"), false))
        .withMessageContaining("\"drian\"")
        .withMessageContaining("drain");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Contenders.named(List.of("jdbcqm")))
        .withMessageContaining("\"jdbcqm\"")
        .withMessageContaining("jdbcmq");
  }

  @Test
  void namesAreUnique() {
    assertThat(
            Stream.concat(
                Contests.all().stream().flatMap(contest -> contest.names().stream()),
                Scenarios.all().stream().map(Scenario::name)))
        .doesNotHaveDuplicates();
    assertThat(Contenders.all()).extracting(Contender::name).doesNotHaveDuplicates();
  }

  @Test
  void everySystemHasAVersionOfTheBuild() {
    assertThat(Contenders.all())
        .allSatisfy(contender -> assertThat(contender.version()).matches("[0-9].*"));
  }

  private static List<String> wanted(Program program) {
    return program.contests().stream().flatMap(part -> part.wanted().stream()).toList();
  }
}
