package io.jdbcmq.torture.check;

import static io.jdbcmq.torture.check.Story.delayed;
import static io.jdbcmq.torture.check.Story.holding;
import static io.jdbcmq.torture.check.Story.job;
import static io.jdbcmq.torture.check.Story.ordered;
import static io.jdbcmq.torture.check.Story.reserved;
import static io.jdbcmq.torture.check.Story.unique;
import static io.jdbcmq.torture.check.Story.uniqueEffect;
import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.torture.check.Violation.Promise;
import io.jdbcmq.torture.history.Event.Act;
import io.jdbcmq.torture.history.Event.Outcome;
import io.jdbcmq.torture.history.Event.Payload;
import io.jdbcmq.torture.history.Event.Result;
import io.jdbcmq.torture.history.Event.Sent;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is legal, if only just, and what is not. */
class CheckerTest {
  private final Story story = new Story();

  @Test
  void aJobThatRanOnceIsWell() {
    Sent job = job("own");
    story.sends(Result.OK, job).runs(job);
    finds();
  }

  @Test
  void anAcknowledgedJobThatIsGoneIsLost() {
    Sent job = job("own");
    story.sends(Result.OK, job);
    finds(Promise.NOTHING_LOST);
    assertThat(story.verdict().violations().get(0).toString())
        .startsWith(
            "NOTHING_LOST: job " + job.id() + " (own) is gone without having been completed")
        .contains("Sending", "Ended");
  }

  @Test
  void aJobWhoseHandlerNeverReturnedIsLost() {
    Sent job = job("plain");
    story.sends(Result.OK, job).starts("runner", job, 1);
    finds(Promise.NOTHING_LOST);
  }

  @Test
  void aPlainJobIsDoneWhenItsHandlerHasReturned() {
    Sent job = job("plain");
    story.sends(Result.OK, job);
    story.finishes(story.starts("runner", job, 1), Outcome.RETURNED);
    finds();
  }

  @Test
  void aSendThatWasNotAnsweredMayHaveHappenedOrNot() {
    Sent gone = job("own");
    Sent there = job("own");
    story.sends(Result.UNKNOWN, gone).sends(Result.UNKNOWN, there).runs(there);
    String neverAnswered = story.sending(job("own"));
    assertThat(neverAnswered).isNotEmpty();
    finds();
  }

  @Test
  void aDeadOrCancelledJobIsNotLost() {
    Sent dead = job("hopeless");
    Sent cancelled = job("own");
    story.sends(Result.OK, dead, cancelled).isDead(dead).cancels(cancelled, Result.OK);
    finds();
  }

  @Test
  void aRolledBackJobMustNotRun() {
    Sent job = job("own");
    story.sends(Result.ROLLED_BACK, job).runs(job);
    finds(Promise.NOTHING_SPURIOUS);
  }

  @Test
  void aJobWhoseSendHasFailedMustNotRun() {
    Sent job = job("own");
    story.sends(Result.FAILED, job).runs(job);
    finds(Promise.NOTHING_SPURIOUS);
  }

  @Test
  void whatIsRightMustNotBeRefusedForGood() {
    Sent passing = job("own");
    story.sends(Result.FAILED, passing);
    finds();
    Sent job = job("own");
    story.sends(Result.REFUSED, job);
    finds(Promise.LIVENESS);
  }

  @Test
  void norMustACommitOrACancellation() {
    Sent committed = reserved();
    Sent cancelled = job("own");
    story.sends(Result.OK, committed).commits(committed, Result.REFUSED);
    story.sends(Result.OK, cancelled).runs(cancelled).cancels(cancelled, Result.REFUSED);
    finds(Promise.LIVENESS, Promise.LIVENESS);
  }

  @Test
  void aDuplicateMustNotRun() {
    Sent job = unique("key");
    story.sends(Result.ABSENT, job).runs(job);
    finds(Promise.NOTHING_SPURIOUS);
  }

  @Test
  void twoEffectsAreOneTooMany() {
    Sent job = job("own");
    story.sends(Result.OK, job).runs(job);
    String second = story.starts("runner", job, 2);
    story.completing(second).finishes(second, Outcome.COMPLETED).leaves(job, second);
    finds(Promise.EXACTLY_ONCE, Promise.FENCING);
  }

  @Test
  void aCompletedJobIsGone() {
    Sent live = job("own");
    Sent dead = job("hopeless");
    story.sends(Result.OK, live, dead).runs(live).isLive(live).runs(dead).isDead(dead);
    finds(Promise.EXACTLY_ONCE, Promise.EXACTLY_ONCE);
  }

  @Test
  void aCompletionThatWasConfirmedLeavesItsEffect() {
    Sent job = job("hopeless");
    story.sends(Result.OK, job).isDead(job);
    String run = story.starts("runner", job, 1);
    story.completing(run).finishes(run, Outcome.COMPLETED);
    finds(Promise.NOTHING_LOST);
  }

  @Test
  void aCompletionThatWasRefusedLeavesNothing() {
    Sent job = job("stubborn");
    story.sends(Result.OK, job);
    String run = story.starts("runner", job, 1);
    story.completing(run).finishes(run, Outcome.REFUSED).leaves(job, run);
    finds(Promise.FENCING);
  }

  @Test
  void onlyTheLastAttemptMayComplete() {
    Sent job = job("own");
    story.sends(Result.OK, job);
    String first = story.starts("runner-1", job, 1);
    story.completing(first);
    String second = story.starts("runner-2", job, 2); // claimed, so that the first one was fenced
    story.leaves(job, first).finishes(first, Outcome.COMPLETED).finishes(second, Outcome.REFUSED);
    finds(Promise.FENCING);
  }

  @Test
  void aRunMustNotCompleteOnceTheNextOneHasStarted() {
    Sent job = job("own");
    story.sends(Result.OK, job);
    String first = story.starts("runner-1", job, 1);
    story.starts("runner-2", job, 2);
    story.completing(first).finishes(first, Outcome.COMPLETED).leaves(job, first);
    finds(Promise.FENCING);
  }

  @Test
  void aStaleRunThatStartsLateIsNoProof() {
    Sent job = job("own");
    story.sends(Result.OK, job);
    String rightful = story.starts("runner-2", job, 2);
    story.starts("runner-1", job, 1); // stood still between its claim and its handler
    story.completing(rightful).finishes(rightful, Outcome.COMPLETED).leaves(job, rightful);
    finds();
  }

  @Test
  void orderedJobsRunOneAfterTheOther() {
    Sent first = ordered("a");
    Sent second = ordered("a");
    Sent elsewhere = ordered("b");
    story.sends(Result.OK, first).sends(Result.OK, elsewhere, second);
    story.runs(elsewhere).runs(first).runs(second);
    finds();
  }

  @Test
  void anOrderedJobMustNotOvertakeOneThatWasSentBefore() {
    Sent first = ordered("a");
    Sent second = ordered("a");
    story.sends(Result.OK, first).sends(Result.OK, second).runs(second).runs(first);
    finds(Promise.ORDER);
  }

  @Test
  void anOrderedJobMustNotOvertakeOneOfItsList() {
    Sent first = ordered("a");
    Sent second = ordered("a");
    story.sends(Result.OK, first, second).runs(second).runs(first);
    finds(Promise.ORDER);
  }

  @Test
  void sendsAtTheSameTimeHaveEitherOrder() {
    Sent first = ordered("a");
    Sent second = ordered("a");
    String one = story.sending(first);
    String other = story.sending(second);
    story.ends(one, Result.OK).ends(other, Result.OK).runs(second).runs(first);
    finds();
  }

  @Test
  void anOrderedJobMustNotStartBeforeTheOneBeforeItCompletes() {
    Sent first = ordered("a");
    Sent second = ordered("a");
    story.sends(Result.OK, first, second);
    String run = story.starts("runner", first, 1);
    String early = story.starts("runner", second, 1);
    story.completing(run).finishes(run, Outcome.COMPLETED).leaves(first, run);
    story.completing(early).finishes(early, Outcome.COMPLETED).leaves(second, early);
    finds(Promise.ORDER);
  }

  @Test
  void aReservedJobWaitsForItsCommit() {
    Sent early = reserved();
    Sent never = reserved();
    Sent rightful = reserved();
    story.sends(Result.OK, early, never, rightful);
    story.runs(early).commits(early, Result.OK).runs(never);
    story.commits(rightful, Result.OK).runs(rightful);
    finds(Promise.RESERVATION, Promise.RESERVATION);
  }

  @Test
  void anExpiredJobMustNotRun() {
    Sent job = reserved();
    story.sends(Result.OK, job).passes(11).commits(job, Result.ABSENT).runs(job);
    finds(Promise.RESERVATION);
  }

  @Test
  void aCommitThatWasRolledBackIsNone() {
    Sent job = reserved();
    story.sends(Result.OK, job).commits(job, Result.ROLLED_BACK).runs(job);
    finds(Promise.RESERVATION);
  }

  @Test
  void aReservationThatIsOverRefusesNobody() {
    Sent over = reserved("key");
    Sent inTime = reserved("other");
    Sent refused = unique("key");
    Sent rightlyRefused = unique("other");
    story.sends(Result.OK, over, inTime).commits(inTime, Result.OK).passes(30);
    story.finds(refused, over).finds(rightlyRefused, inTime).runs(inTime);
    finds(Promise.UNIQUENESS);
  }

  @Test
  void aJobThatWasCancelledWhileItWaitedNeverRuns() {
    Sent before = job("own");
    Sent after = job("own");
    story.sends(Result.OK, before, after).isAwake("runner", 4_500);
    story.fails(before, 1).cancels(before, Result.NEVER_RUNS);
    story.cancels(after, Result.NEVER_RUNS).fails(after, 1).isAwake("runner", 250);
    finds(Promise.CANCELLATION);
  }

  @Test
  void aRunnerThatGetsNoTimeMayStartWhatIsCancelled() {
    Sent job = job("own");
    story.sends(Result.OK, job).isAwake("runner", 4_500).passes(2_000);
    story.cancels(job, Result.NEVER_RUNS).fails(job, 1).isAwake("runner", 250);
    finds();
  }

  @Test
  void aRunnerThatStoodStillMayStartWhatIsCancelled() {
    Sent job = job("own");
    story.sends(Result.OK, job).fault("pause", true).cancels(job, Result.NEVER_RUNS);
    story.fault("pause", false).passes(1_000).fails(job, 1);
    finds();
  }

  @Test
  void whatAFailoverUndoesMayHaveHiddenAJobFromItsCancellation() {
    Sent job = job("own");
    Sent other = job("own");
    story.sends(Result.OK, job, other).fault("failover", true);
    story.cancels(job, Result.ABSENT).fault("failover", false);
    story.cancels(other, Result.ABSENT).runs(job).runs(other);
    finds(Promise.CANCELLATION);
  }

  @Test
  void aReservationLastsAsLongAsItWasGiven() {
    Sent job = reserved();
    story.sends(Result.OK, job).passes(3).commits(job, Result.ABSENT);
    finds(Promise.RESERVATION);
  }

  @Test
  void aReservationThatIsOverMayBeGone() {
    Sent job = reserved();
    story.sends(Result.OK, job).passes(11).commits(job, Result.ABSENT);
    finds();
  }

  @Test
  void anExtendedReservationLastsLonger() {
    Sent gone = reserved();
    Sent there = reserved();
    story.sends(Result.OK, gone, there);
    story.manages(Act.EXTEND, gone, 100, Result.OK).manages(Act.EXTEND, there, 100, Result.OK);
    story.passes(50).commits(there, Result.OK).runs(there).commits(gone, Result.ABSENT);
    finds(Promise.RESERVATION);
  }

  @Test
  void anExtendedReservationEnds() {
    Sent shortened = reserved();
    Sent unknown = reserved();
    story.sends(Result.OK, shortened, unknown);
    story.manages(Act.EXTEND, shortened, 1, Result.OK);
    story.manages(Act.EXTEND, unknown, 1, Result.UNKNOWN);
    story.passes(8).commits(shortened, Result.OK).runs(shortened);
    story.commits(unknown, Result.OK).runs(unknown);
    finds(Promise.RESERVATION);
  }

  @Test
  void aDeadJobHoldsItsChannelUntilSomebodyActs() {
    for (Act act : List.of(Act.UNBLOCK, Act.REDRIVE, Act.DISCARD)) {
      Story legal = new Story();
      Sent holder = holding("giving-up");
      Sent next = holding("own");
      legal.sends(Result.OK, holder, next).givesUp(holder);
      legal.manages(act, holder, Result.UNKNOWN).runs(next);
      assertThat(legal.verdict().violations()).as(act.name()).isEmpty();
    }
    Sent holder = holding("giving-up");
    Sent next = holding("own");
    story.sends(Result.OK, holder, next).givesUp(holder);
    story.manages(Act.UNBLOCK, holder, Result.ABSENT).runs(next);
    story.manages(Act.UNBLOCK, holder, Result.OK);
    finds(Promise.ORDER);
  }

  @Test
  void whatWasNotAnsweredMayLetAChannelGoLater() {
    Sent holder = holding("giving-up");
    Sent next = holding("own");
    story.sends(Result.OK, holder, next).manages(Act.UNBLOCK, holder, Result.UNKNOWN);
    story.givesUp(holder).runs(next);
    finds();
  }

  @Test
  void whatIsSentBesideADeadJobMayRunBeforeIt() {
    Sent holder = holding("giving-up");
    Sent beside = holding("own");
    String first = story.sending(holder);
    String second = story.sending(beside);
    story.ends(second, Result.OK).ends(first, Result.OK).givesUp(holder).runs(beside);
    finds();
  }

  @Test
  void aDiscardedJobIsGone() {
    Sent gone = job("hopeless");
    Sent still = job("hopeless");
    story.sends(Result.OK, gone, still).givesUp(still);
    story.finishes(story.starts("runner", gone, 1), Outcome.THREW);
    story.manages(Act.DISCARD, gone, Result.OK).manages(Act.DISCARD, still, Result.OK);
    finds(Promise.CANCELLATION);
  }

  @Test
  void aRedrivenJobRunsAgain() {
    Sent runs = job("hopeless");
    Sent sleeps = job("hopeless");
    story.sends(Result.OK, runs, sleeps).givesUp(runs).givesUp(sleeps);
    story.manages(Act.REDRIVE, runs, Result.OK).manages(Act.REDRIVE, sleeps, Result.OK);
    story.givesUp(runs);
    finds(Promise.LIVENESS);
  }

  @Test
  void aReservedJobIsLostOnceItsCommitWasConfirmed() {
    Sent expired = reserved();
    Sent lost = reserved();
    story.sends(Result.OK, expired, lost);
    story.commits(lost, Result.OK).passes(11).commits(expired, Result.ABSENT);
    finds(Promise.NOTHING_LOST);
  }

  @Test
  void aCancelledJobMustNotBeCompleted() {
    Sent before = job("own");
    Sent after = job("own");
    Sent perhaps = job("own");
    story.sends(Result.OK, before, after, perhaps);
    story.runs(before).cancels(before, Result.OK).cancels(after, Result.OK).runs(after);
    story.runs(perhaps).cancels(perhaps, Result.UNKNOWN);
    finds(Promise.CANCELLATION, Promise.CANCELLATION);
  }

  @Test
  void attemptsAreCounted() {
    Sent job = job("hopeless");
    story.sends(Result.OK, job).isDead(job);
    story.starts("runner", job, 3);
    finds();
    story.starts("runner", job, 4);
    finds(Promise.ATTEMPTS);
  }

  @Test
  void aJobMustNotDieBeforeItsTime() {
    Sent job = job("own");
    story.sends(Result.OK, job).isDead(job);
    finds(Promise.ATTEMPTS);
  }

  @Test
  void aJobMustNotDieBeforeItsLastAttemptNorAfterIt() {
    Sent early = job("hopeless");
    Sent late = job("hopeless");
    story.sends(Result.OK, early, late).isDead(early, 2).isDead(late, 4);
    finds(Promise.ATTEMPTS, Promise.ATTEMPTS);
  }

  @Test
  void aCheckpointGivesTheAttemptThatItWasToGive() {
    Sent given = job("extending");
    Sent dropped = job("extending");
    story.sends(Result.OK, given, dropped);
    for (Sent job : List.of(given, dropped)) {
      String run = story.starts("runner", job, 1);
      story.saving(run).saved(run, false).finishes(run, Outcome.THREW);
    }
    story.isDead(given, 4).isDead(dropped, 3);
    finds(Promise.ATTEMPTS);
  }

  @Test
  void aCheckpointThatWasNotAnsweredGivesAnAttemptOrNone() {
    Sent with = job("extending");
    Sent without = job("extending");
    Sent tooMany = job("extending");
    story.sends(Result.OK, with, without, tooMany);
    for (Sent job : List.of(with, without, tooMany)) {
      story.saving(story.starts("runner", job, 1));
    }
    story.isDead(with, 4).isDead(without, 3).isDead(tooMany, 5);
    finds(Promise.ATTEMPTS);
  }

  @Test
  void aHandlerGetsWhatWasSent() {
    Sent job = job("own");
    story.sends(Result.OK, job).starts("runner", job, 1, Payload.CHANGED);
    story.runs(job);
    finds(Promise.NOTHING_LOST, Promise.ATTEMPTS);
  }

  @Test
  void aHandlerFindsNoCheckpointThatNobodyHasSaved() {
    Sent job = job("checkpoint");
    story.sends(Result.OK, job);
    String run = story.starts("runner", job, 1, Payload.SAVED);
    story.completing(run).finishes(run, Outcome.COMPLETED).leaves(job, run);
    finds(Promise.NOTHING_SPURIOUS);
  }

  @Test
  void aJobThatIsThereIsFoundToBeCancelled() {
    Sent missed = job("own");
    Sent over = job("own");
    Sent perhaps = job("own");
    story.sends(Result.OK, missed, over).sends(Result.UNKNOWN, perhaps).runs(over);
    story.cancels(missed, Result.ABSENT).cancels(over, Result.ABSENT);
    story.cancels(perhaps, Result.ABSENT).runs(missed).runs(perhaps);
    finds(Promise.CANCELLATION);
  }

  @Test
  void aJobIsRefusedForOneThatIsThere() {
    Sent there = unique("key");
    story.sends(Result.OK, there).finds(unique("key"), there).runs(there);
    finds();
    story.finds(unique("key"), there);
    finds(Promise.UNIQUENESS);
  }

  @Test
  void aJobIsNotRefusedForOneOfAnotherKeyNorForNone() {
    Sent there = unique("key");
    story.sends(Result.OK, there).finds(unique("other"), there);
    story.finds(unique("key"), unique("key")).runs(there);
    finds(Promise.UNIQUENESS, Promise.UNIQUENESS);
  }

  @Test
  void aJobIsNotRefusedForOneWhoseSendHasFailed() {
    Sent there = unique("key");
    story.sends(Result.FAILED, there).finds(unique("key"), there);
    finds(Promise.UNIQUENESS);
  }

  @Test
  void aJobMayBeRefusedForOneOfItsTransactionThatIsRolledBack() {
    Sent there = unique("key");
    String operation = story.sending(there, unique("key"));
    story.existing(operation, there).ends(operation, Result.ROLLED_BACK);
    finds();
  }

  @Test
  void twoJobsOfOneKeyMustNotBeLiveTogether() {
    Sent first = unique("key");
    Sent second = unique("key");
    Sent other = unique("other");
    Sent namesake = uniqueEffect("key");
    story.sends(Result.OK, first).sends(Result.OK, second).sends(Result.OK, other, namesake);
    story.runs(first).runs(second).runs(other).runs(namesake);
    finds(Promise.UNIQUENESS);
  }

  @Test
  void aKeyIsFreeWhenItsJobIsBeingCompleted() {
    Sent first = unique("key");
    Sent second = unique("key");
    story.sends(Result.OK, first);
    String run = story.starts("runner", first, 1);
    story.completing(run).leaves(first, run);
    story.sends(Result.OK, second).finishes(run, Outcome.COMPLETED).runs(second);
    finds();
  }

  @Test
  void nothingIsLeft() {
    Sent job = job("own");
    story.sends(Result.OK, job).isLive(job);
    finds(Promise.LIVENESS);
  }

  @Test
  void theTablesFitTogether() {
    story.shows(Promise.STRUCTURE, "a live job is in exactly one place: x is in none");
    finds(Promise.STRUCTURE);
  }

  @Test
  void aRunThatFailedLeavesNothing() {
    Sent job = job("own");
    story.sends(Result.OK, job);
    String run = story.starts("runner", job, 1);
    story.finishes(run, Outcome.THREW).leaves(job, run);
    finds(Promise.NOTHING_SPURIOUS);
  }

  @Test
  void aRunThatEndedHasUsedAnAttempt() {
    Sent job = job("own");
    story.sends(Result.OK, job);
    String first = story.starts("runner", job, 1);
    story.finishes(first, Outcome.THREW).runs(job);
    finds(Promise.ATTEMPTS);
  }

  @Test
  void aRunnerThatShutsDownHandsBackWithoutUsingAnAttempt() {
    Sent job = job("own");
    story.sends(Result.OK, job);
    story.starts("retired", job, 1);
    story.stops("retired").runs(job);
    finds();
  }

  @Test
  void aRunThatEndedBeforeTheShutdownHasUsedAnAttempt() {
    Sent job = job("own");
    story.sends(Result.OK, job);
    story.finishes(story.starts("retired", job, 1), Outcome.THREW).runs(job).stops("retired");
    finds(Promise.ATTEMPTS);
  }

  @Test
  void aRunnerThatShutsDownStartsNothingAnyMore() {
    Sent claimed = job("own");
    Sent fresh = job("own");
    story.sends(Result.OK, claimed, fresh).isAwake("runner", 250).stops("runner").runs(claimed);
    story.isAwake("runner", 5_250).runs(fresh).isAwake("runner", 250);
    finds(Promise.SHUTDOWN);
  }

  @Test
  void aRunnerThatGetsNoTimeMayStartLate() {
    Sent job = job("own");
    story.sends(Result.OK, job).isAwake("runner", 250).stops("runner").passes(5_250);
    story.runs(job).isAwake("runner", 250);
    finds();
  }

  @Test
  void aRunnerEndsWhenItIsToldTo() {
    story.isLate("runner-1");
    finds(Promise.SHUTDOWN);
  }

  @Test
  void unlessItHasNoMemory() {
    Sent greedy = job("greedy");
    story.sends(Result.OK, greedy).starts("runner-1", greedy, 1);
    String run = story.starts("runner", greedy, 2);
    story.completing(run).finishes(run, Outcome.COMPLETED).leaves(greedy, run).isLate("runner-1");
    finds();
  }

  @Test
  void whatNobodyHasSentDoesNotRun() {
    story.runs(job("own"));
    finds(Promise.NOTHING_SPURIOUS, Promise.NOTHING_SPURIOUS); // the run, and its effect
  }

  @Test
  void anEffectIsOfARunThatHasStarted() {
    Sent job = job("own");
    Sent other = job("own");
    story.sends(Result.OK, job, other).runs(job).runs(other).leaves(job, "run-none");
    finds(Promise.NOTHING_SPURIOUS);
  }

  @Test
  void whereTheTimeOfDayHasJumpedSomethingMayBeEarlyOrLate() {
    Sent delayed = delayed(100);
    Sent gone = reserved();
    Sent over = reserved("key");
    story.sends(Result.OK, delayed, gone, over);
    story.fault("clock-step", true).fault("clock-step", false);
    story.runs(delayed).commits(gone, Result.ABSENT).passes(30).finds(unique("key"), over);
    finds();
  }

  @Test
  void whatAFaultExplainsIsNoViolation() {
    Sent during = job("own");
    Sent without = job("own");
    story.fault("disk-full", true).sends(Result.ERROR, during).lapses(Promise.LIVENESS, "full");
    story.fault("disk-full", false).lapses(Promise.LIVENESS, "still full").passes(5_001);
    finds();
    story.sends(Result.ERROR, without).lapses(Promise.LIVENESS, "for no reason");
    finds(Promise.LIVENESS, Promise.LIVENESS);
  }

  @Test
  void aSnoozedJobGoesOnInTheSameAttempt() {
    Sent job = job("snoozing");
    story.sends(Result.OK, job);
    String first = story.starts("runner", job, 1);
    story.finishes(first, Outcome.THREW).runs(job);
    finds();
  }

  @Test
  void whatTheTablesShowCounts() {
    story
        .shows(Promise.ATTEMPTS, "job 1 has failed in attempts 1, 1")
        .shows(Promise.FENCING, "mq_checkpoint_v1 accepts run 1 of job 2, which is over");
    finds(Promise.ATTEMPTS, Promise.FENCING);
  }

  @Test
  void aJobThatGivesUpMayDieAtOnce() {
    Sent job = job("giving-up");
    story.sends(Result.OK, job).isDead(job);
    finds();
  }

  @Test
  void aDelayedJobDoesNotRunBeforeItsTime() {
    Sent early = delayed(300);
    Sent late = delayed(300);
    story.sends(Result.OK, early, late).passes(290).runs(early).passes(10).runs(late);
    finds(Promise.DELAY);
  }

  @Test
  void aReservationThatIsOverCannotBeCommitted() {
    Sent job = reserved();
    story.sends(Result.OK, job).passes(20).commits(job, Result.OK).runs(job);
    finds(Promise.RESERVATION);
  }

  @Test
  void aRunThatWasSupersededSavesNothing() {
    Sent job = job("late");
    story.sends(Result.OK, job);
    String first = story.starts("slow", job, 1);
    String second = story.starts("runner", job, 2);
    story.saving(first).saved(first, false);
    story.completing(second).finishes(second, Outcome.COMPLETED).leaves(job, second);
    finds(Promise.FENCING);
  }

  @Test
  void aRunMaySaveBeforeTheNextOneStarts() {
    Sent job = job("late");
    story.sends(Result.OK, job);
    String first = story.starts("slow", job, 1);
    story.saving(first);
    String second = story.starts("runner", job, 2);
    story.saved(first, false);
    story.completing(second).finishes(second, Outcome.COMPLETED).leaves(job, second);
    finds();
  }

  @Test
  void aCheckpointThatWasRefusedIsNotMissed() {
    Sent job = job("late");
    story.sends(Result.OK, job);
    String first = story.starts("slow", job, 1);
    story.saving(first).saved(first, true);
    String second = story.starts("runner", job, 2);
    story.completing(second).finishes(second, Outcome.COMPLETED).leaves(job, second);
    finds();
  }

  @Test
  void whatWasSavedIsFoundByTheNextRun() {
    Sent there = job("checkpoint");
    Sent gone = job("checkpoint");
    story.sends(Result.OK, there, gone);
    for (Sent job : List.of(there, gone)) {
      String first = story.starts("runner", job, 1);
      story.saving(first).saved(first, false).finishes(first, Outcome.THREW);
      String second =
          story.starts("runner", job, 2, job.equals(there) ? Payload.SAVED : Payload.SENT);
      story.completing(second).finishes(second, Outcome.COMPLETED).leaves(job, second);
    }
    finds(Promise.NOTHING_LOST);
  }

  /** A paused runner may have claimed it long ago, and start it now: it is fenced. */
  @Test
  void aRunThatWasClaimedBeforeMayStartWithoutTheCheckpoint() {
    Sent job = job("checkpoint");
    story.sends(Result.OK, job);
    String second = story.starts("runner", job, 2);
    story.saving(second).saved(second, false);
    story.starts("paused", job, 1);
    story.completing(second).finishes(second, Outcome.COMPLETED).leaves(job, second);
    finds();
  }

  @Test
  void hardshipsAreCounted() {
    Sent unheard = job("own");
    Sent job = job("late");
    story.fault("deaf", true).sends(Result.OK, unheard).fault("deaf", false);
    story.fault("row-locks", true).runs(unheard).fault("row-locks", false).sends(Result.OK, job);
    String first = story.starts("slow", job, 1);
    story.saving(first).saved(first, true).finishes(first, Outcome.REFUSED);
    String second = story.starts("runner", job, 2);
    story.completing(second).finishes(second, Outcome.COMPLETED).leaves(job, second);

    Tally tally = story.verdict().tally();
    assertThat(tally.unheard()).isEqualTo(1);
    assertThat(tally.passedBy()).isEqualTo(1);
    assertThat(tally.refused()).isEqualTo(1);
    assertThat(tally.staleCheckpoints()).isEqualTo(1);
    assertThat(tally.takenOver()).isEqualTo(1);
    finds();
  }

  @Test
  void theTimelineTellsHowItWent() {
    for (int i = 0; i < 24; i++) {
      Sent job = job("own");
      story.sends(Result.OK, job).passes(500).runs(job).passes(500);
    }
    List<Timeline> timeline = story.verdict().timeline();

    assertThat(timeline).hasSize(12);
    assertThat(timeline.get(11).fromSecond()).isBetween(21L, 22L);
    assertThat(timeline).allSatisfy(part -> assertThat(part.medianMs()).isEqualTo(500));
    assertThat(timeline.stream().mapToLong(Timeline::sent).sum()).isEqualTo(24);
    assertThat(timeline.stream().mapToLong(Timeline::started).sum()).isGreaterThanOrEqualTo(23);
  }

  private void finds(Promise... promises) {
    assertThat(story.verdict().violations())
        .extracting(Violation::promise)
        .containsExactlyInAnyOrderElementsOf(List.of(promises));
  }
}
