package io.jdbcmq.internal.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.testing.Isolation;
import io.jdbcmq.testing.Merges;
import io.jdbcmq.testing.OrderedJobs;
import io.jdbcmq.testing.TestClock;
import io.jdbcmq.testing.TestSchema;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who commits or extends a reservation meets its end: exactly one of them has its way. */
class ReserveRacesIT {
  @RegisterExtension final TestSchema db = new TestSchema();

  private OrderedJobs jobs;
  private TestClock clock;

  @BeforeEach
  void prepare() throws Exception {
    jobs = new OrderedJobs();
    clock = new TestClock(db);
  }

  @ParameterizedTest
  @EnumSource
  void aReservationIsCommittedOrEnds(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> jobs.with(c).reserve("a").send("b"))
            .actor("commit", (c, given) -> given.commit(c, "a"))
            .actor("time", (c, given) -> passes(), (c, given) -> given.claim(c))
            .actor("claim", (c, given) -> given.claim(c));

    assertThat(merges.outcomes(OrderedJobs::drain))
        .anyMatch(outcome -> outcome.startsWith("commit: a,"))
        .anyMatch(outcome -> outcome.startsWith("commit: ,"))
        .allMatch(
            outcome -> outcome.endsWith(outcome.startsWith("commit: a,") ? "-> a b" : "-> b"));
  }

  @ParameterizedTest
  @EnumSource
  void aCommitThatIsUndoneLetsTheReservationEnd(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> jobs.with(c).reserve("a").send("b"))
            .undone("commit", (c, given) -> given.commit(c, "a"))
            .actor("time", (c, given) -> passes(), (c, given) -> given.claim(c))
            .actor("claim", (c, given) -> given.claim(c));

    assertThat(merges.outcomes(OrderedJobs::drain)).allMatch(outcome -> outcome.endsWith("-> b"));
  }

  @ParameterizedTest
  @EnumSource
  void aReservationIsExtendedOrEnds(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> jobs.with(c).reserve("a").send("b"))
            .actor("extend", (c, given) -> given.extend(c, "a"))
            .actor("time", (c, given) -> passes(), (c, given) -> given.claim(c))
            .actor("claim", (c, given) -> given.claim(c));

    assertThat(merges.outcomes(OrderedJobs::drain))
        .allMatch(outcome -> outcome.endsWith(outcome.startsWith("extend: a,") ? "-> " : "-> b"));
  }

  @ParameterizedTest
  @EnumSource
  void aReservationIsCommittedOnce(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> jobs.with(c).reserve("a"))
            .actor("one", (c, given) -> given.commit(c, "a"))
            .actor("other", (c, given) -> given.commit(c, "a"))
            .actor("claim", (c, given) -> given.claim(c));

    assertThat(merges.outcomes(OrderedJobs::drain))
        .allMatch(outcome -> outcome.contains("one: a") != outcome.contains("other: a"))
        .allMatch(outcome -> outcome.endsWith("-> a"));
  }

  @ParameterizedTest
  @EnumSource
  void aReservationIsCancelledWhileItIsCommitted(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> jobs.with(c).reserve("a").send("b"))
            .actor("commit", (c, given) -> given.commit(c, "a"))
            .actor("cancel", (c, given) -> given.cancel(c, "a"))
            .actor("claim", (c, given) -> given.claim(c));

    assertThat(merges.outcomes(OrderedJobs::drain))
        .allMatch(
            outcome ->
                outcome.contains("cancel: a waiting") || outcome.contains("cancel: a running"))
        .allMatch(outcome -> outcome.endsWith("-> b"));
  }

  private String passes() throws java.sql.SQLException {
    clock.advance(Duration.ofHours(2));
    return "passes";
  }
}
