package io.jdbcmq.torture.check;

import static io.jdbcmq.torture.check.Story.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.torture.check.Violation.Promise;
import io.jdbcmq.torture.history.Event.Act;
import io.jdbcmq.torture.history.Event.Outcome;
import io.jdbcmq.torture.history.Event.Result;
import io.jdbcmq.torture.history.Event.Sent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A runner is called alive if all shows it. Each test but the first two takes away one piece of the
 * evidence, and keeps the others.
 */
class KeptAliveTest {
  private static final long LONG = 4_000;

  private final Story story = new Story();
  private final Sent job = job("late");

  @Test
  void aJobIsTakenFromARunnerThatIsAlive() {
    calm(LONG);
    String run = started(job);
    calm(LONG);
    takenOver(job, run);
    finds(Promise.LEASE);
    assertThat(story.verdict().violations().get(0).toString())
        .startsWith("LEASE: job " + job.id() + " (late) was taken from runner, which");
  }

  @Test
  void itNeedNotHaveBeenStartedAgain() {
    calm(LONG);
    String run = started(job);
    calm(LONG);
    story.finishes(run, Outcome.REFUSED);
    takenOver(job);
    finds(Promise.LEASE);
  }

  @Test
  void aLongRunCannotHaveEndedBeforeItsTime() {
    Sent slow = job("slow");
    calm(LONG);
    started(slow);
    calm(2_800);
    takenOver(slow);
    finds(Promise.LEASE);
  }

  @Test
  void afterThatItMayHaveFailed() {
    Sent slow = job("slow");
    calm(LONG);
    started(slow);
    calm(3_000);
    takenOver(slow);
    finds();
  }

  @Test
  void aCheckpointThatIsRefusedShowsTheSame() {
    calm(LONG);
    String run = started(job);
    calm(LONG);
    story.saving(run).saved(run, true);
    takenOver(job);
    finds(Promise.LEASE);
  }

  @Test
  void aJobThatWasCancelledMayBeRefused() {
    calm(LONG);
    String run = started(job);
    calm(LONG);
    story.cancels(job, Result.OK).finishes(run, Outcome.REFUSED);
    calm(250);
    finds();
  }

  @Test
  void alsoFromOneThatShutsDown() {
    calm(LONG);
    String run = started(job);
    story.stops("runner").fault("retire", true);
    calm(2_500);
    story.fault("retire", false);
    takenOver(job, run);
    finds(Promise.LEASE);
  }

  @Test
  void notIfTheShutdownMayHaveInterruptedIt() {
    calm(LONG);
    String run = started(job);
    story.stops("runner");
    calm(6_000);
    takenOver(job, run);
    finds();
  }

  @Test
  void aRunThatNotesNothingMoreMayHaveEnded() {
    calm(LONG);
    String run = started(job);
    calm(LONG);
    story.finishes(run, Outcome.THREW);
    takenOver(job);
    finds();
  }

  @ParameterizedTest
  @ValueSource(strings = {"hanging", "snoozing", "plain"})
  void someWorksMayHaveEndedBeforeTheySaySo(String work) {
    Sent other = job(work);
    calm(LONG);
    String run = started(other);
    calm(LONG);
    takenOver(other, run);
    finds();
  }

  @Test
  void theSameProcessMayHaveALeaseOfItsOwnAgain() {
    calm(LONG);
    String run = started(job);
    calm(LONG);
    String next = story.starts("runner", job, 2);
    calm(250);
    story.finishes(run, Outcome.THREW);
    story.completing(next).finishes(next, Outcome.COMPLETED).leaves(job, next);
    finds();
  }

  @Test
  void aFaultIsAReason() {
    calm(LONG);
    String run = started(job);
    story.fault("cut", true).fault("cut", false);
    calm(LONG);
    takenOver(job, run);
    finds();
  }

  @Test
  void soIsOneThatWasOverShortlyBefore() {
    story.fault("cut", true).fault("cut", false);
    calm(3_500);
    String run = started(job);
    calm(2_500);
    takenOver(job, run);
    finds();
  }

  @Test
  void butNotOneThatWasOverLongBefore() {
    story.fault("cut", true).fault("cut", false);
    calm(4_500);
    String run = started(job);
    calm(2_500);
    takenOver(job, run);
    finds(Promise.LEASE);
  }

  @Test
  void aFaultThatNeverEndedIsAReason() {
    story.fault("pause", true);
    calm(6_000);
    String run = started(job);
    calm(2_500);
    takenOver(job, run);
    finds();
  }

  @Test
  void aProcessThatStoodStillMayHaveLostItsLease() {
    calm(LONG);
    String run = started(job);
    calm(1_000);
    story.committed(225).committed(225);
    calm(1_000);
    takenOver(job, run);
    finds();
  }

  @Test
  void soMayOneThatStoodStillBefore() {
    calm(LONG);
    story.committed(225).committed(225);
    calm(2_000);
    String run = started(job);
    calm(2_500);
    takenOver(job, run);
    finds();
  }

  @Test
  void andOneOfWhichNothingIsKnown() {
    calm(2_000);
    String run = started(job);
    calm(2_500);
    takenOver(job, run);
    finds();
  }

  @Test
  void aServerThatStoodStillMayHaveRefusedToRenewIt() {
    calm(LONG);
    String run = started(job);
    calm(1_000);
    story.isAtWork("runner", 225).isAtWork("runner", 225);
    calm(1_000);
    takenOver(job, run);
    finds();
  }

  @Test
  void memoryMayHaveRunOut() {
    Sent greedy = job("greedy");
    story.sends(Result.OK, greedy).runs(greedy);
    calm(LONG);
    String run = started(job);
    calm(LONG);
    takenOver(job, run);
    finds();
  }

  @Test
  void aJobThatWasRedrivenStartsAnew() {
    calm(LONG);
    String run = started(job);
    calm(LONG);
    story.manages(Act.REDRIVE, job, Result.OK);
    takenOver(job, run);
    finds();
  }

  /** All are at work for this time. */
  private void calm(long milliseconds) {
    for (long passed = 0; passed < milliseconds; passed += 50) {
      story.committed(50);
      if (passed % 250 == 0) {
        story.isAtWork("runner", 0);
      }
    }
    story.committed(0).isAtWork("runner", 0);
  }

  private String started(Sent started) {
    story.sends(Result.OK, started);
    return story.starts("runner", started, 1);
  }

  private void takenOver(Sent taken, String run) {
    String next = story.starts("other", taken, 2);
    calm(250);
    story.finishes(run, Outcome.THREW);
    story.completing(next).finishes(next, Outcome.COMPLETED).leaves(taken, next);
  }

  private void takenOver(Sent taken) {
    String next = story.starts("other", taken, 2);
    calm(250);
    story.completing(next).finishes(next, Outcome.COMPLETED).leaves(taken, next);
  }

  private void finds(Promise... promises) {
    assertThat(story.verdict().violations())
        .extracting(Violation::promise)
        .containsExactlyInAnyOrder(promises);
  }
}
