package io.jdbcmq.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.model.Explorer.Result;
import io.jdbcmq.model.Lease.Rule;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A job is completed once at most, by its current run, and is never lost. */
class LeaseTest {
  @Test
  void noScheduleBreaksTheFence() {
    List<Result> results = meetings(EnumSet.allOf(Rule.class)).toList();

    assertThat(results).allMatch(Result::isSound);
    assertThat(results.stream().mapToInt(Result::states).sum()).isGreaterThan(1_000);
  }

  @ParameterizedTest
  @EnumSource
  void someScheduleGoesWrongWithoutThisRule(Rule rule) {
    assertThat(meetings(EnumSet.complementOf(EnumSet.of(rule))))
        .anyMatch(result -> !result.isSound());
  }

  private static Stream<Result> meetings(Set<Rule> rules) {
    Lease job = new Lease(rules);
    return Stream.of(
        explore(
            job.runner("first"),
            job.runner("second"),
            job.rescuer("rescuer", 2),
            job.heart("first"),
            job.clock("clock")),
        explore(
            job.undecidedRunner("first"),
            job.runner("second"),
            job.rescuer("rescuer", 2),
            job.clock("clock")),
        explore(
            job.runner("first"),
            job.undecidedRunner("second"),
            job.rescuer("rescuer 1", 1),
            job.rescuer("rescuer 2", 1),
            job.clock("clock")));
  }

  private static Result explore(Program... programs) {
    return Explorer.explore(Lease.ready(), List.of(programs), Lease::broken);
  }
}
