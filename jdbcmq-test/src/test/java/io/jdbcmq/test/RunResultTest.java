package io.jdbcmq.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.jdbcmq.job.Attempt;
import io.jdbcmq.job.Channel;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a result says of a run that has not completed its job. */
class RunResultTest {
  private static final Instant LATER = Instant.parse("2026-12-24T18:00:00Z");
  private static final Attempt ATTEMPT =
      new Attempt(
          new UUID(0, 7), "order", Channel.DEFAULT, 3, false, LATER, Map.of("token", "secret"));

  static Stream<Arguments> results() {
    IOException error = new IOException("no");
    return Stream.of(
        Arguments.of(
            new RunResult.Failed(ATTEMPT, error, LATER),
            "failed and is tried again at 2026-12-24T18:00:00Z"),
        Arguments.of(
            new RunResult.Died(ATTEMPT, error), "failed for the last time: it is a dead letter"),
        Arguments.of(
            new RunResult.Snoozed(ATTEMPT, LATER, Optional.of(error)),
            "was snoozed until 2026-12-24T18:00:00Z"),
        Arguments.of(
            new RunResult.Gone(ATTEMPT, Optional.of(error)),
            "was cancelled, cleared or taken over while it ran"),
        Arguments.of(
            new RunResult.Undecided(ATTEMPT, Optional.of(error)),
            "is locked by a transaction that is still open: end it before the handler returns"));
  }

  @ParameterizedTest
  @MethodSource("results")
  void jobThatIsNotCompletedBreaksTheTestWithWhatTheHandlerThrew(RunResult result, String why) {
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(result::requireCompleted)
        .withMessage(
            "Expecting job 00000000-0000-0000-0000-000000000007 named order to be completed by attempt 3, but it "
                + why)
        .withCauseInstanceOf(IOException.class);
    assertThat(result.toString()).doesNotContain("secret");
  }

  @Test
  void jobWithoutHandlerBreaksTheTest() {
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(new RunResult.NoHandler(ATTEMPT)::requireCompleted)
        .withMessageEndingWith(
            "but it has no handler in this registry, and went back to the queue");
  }

  @Test
  void completedJobIsReturned() {
    RunResult result = new RunResult.Completed(ATTEMPT, Optional.empty());

    assertThat(result.requireCompleted()).isSameAs(result);
    assertThat(result.jobId()).isEqualTo(ATTEMPT.jobId());
    assertThat(new Drained(List.of(result)).requireAllCompleted().completed()).isEqualTo(1);
  }

  @Test
  void drainNeedsARun() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Drain.all().maxRuns(0))
        .withMessage("most runs must be 1 or more but was 0");
    assertThat(Drain.all().channels("a").maxRuns(5).failingFast())
        .isEqualTo(new Drain(List.of("a"), 5, true));
  }
}
