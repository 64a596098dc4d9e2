package io.jdbcmq.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.model.Explorer.Result;
import io.jdbcmq.model.Reservation.Rule;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A reservation is committed or it ends, never both. */
class ReservationTest {
  @Test
  void noScheduleBreaksAReservation() {
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
    Reservation job = new Reservation(rules);
    return Stream.of(
        explore(
            job.committer("committer"),
            job.expiry("expiry"),
            job.extender("extender"),
            job.clock("clock")),
        explore(
            job.committer("committer"),
            job.expiry("expiry"),
            job.committer("other committer"),
            job.clock("clock")),
        explore(
            job.committer("committer"),
            job.expiry("expiry"),
            job.undecidedExtender("extender"),
            job.clock("clock")));
  }

  private static Result explore(Program... programs) {
    return Explorer.explore(Reservation.reserved(), List.of(programs), Reservation::broken);
  }
}
