package io.jdbcmq.internal.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.testing.Isolation;
import io.jdbcmq.testing.Merges;
import io.jdbcmq.testing.OrderedJobs;
import io.jdbcmq.testing.TestSchema;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Who sends, claims, ends and cancels jobs of one ordered channel meets the others, in every order
 * of their steps. After each merge the audit looks whether only the head runs and nothing is parked
 * without cause, and then all that is left has to run, in order.
 */
class OrderRacesIT {
  @RegisterExtension final TestSchema db = new TestSchema();

  private OrderedJobs jobs;

  @BeforeEach
  void prepare() {
    jobs = new OrderedJobs();
  }

  @ParameterizedTest
  @EnumSource
  void theNextJobIsSentWhileTheHeadCompletes(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> jobs.with(c).send("a").claim())
            .actor("complete", (c, given) -> given.complete(c, "a"))
            .actor("send", (c, given) -> given.send(c, "b"))
            .actor("claim", (c, given) -> given.claim(c));

    assertThat(merges.outcomes(OrderedJobs::drain)).allMatch(outcome -> outcome.endsWith("-> b"));
  }

  @ParameterizedTest
  @EnumSource
  void aClaimMeetsTheEndOfTheHead(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> jobs.with(c).send("a").claim().send("b").send("c"))
            .actor("complete", (c, given) -> given.complete(c, "a"))
            .actor("claim", (c, given) -> given.claim(c))
            .actor("claim too", (c, given) -> given.claim(c));

    assertThat(merges.outcomes(OrderedJobs::drain)).allMatch(outcome -> outcome.endsWith("-> b c"));
  }

  @ParameterizedTest
  @EnumSource
  void aCompletionThatIsUndoneHoldsTheChannel(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> jobs.with(c).send("a").claim().send("b"))
            .undone("complete", (c, given) -> given.complete(c, "a"))
            .actor("claim", (c, given) -> given.claim(c));

    assertThat(merges.outcomes(OrderedJobs::drain))
        .containsOnly("complete: undone, claim:  -> a b");
  }

  @ParameterizedTest
  @EnumSource
  void theLastJobIsCancelledWhileTheNextOneIsSent(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> jobs.with(c).send("a").claim().send("b"))
            .actor("cancel", (c, given) -> given.cancel(c, "b"))
            .actor("send", (c, given) -> given.send(c, "c"))
            .actor("claim", (c, given) -> given.claim(c));

    assertThat(merges.outcomes(OrderedJobs::drain))
        .containsOnly("cancel: b waiting, send: , claim:  -> a c");
  }

  @ParameterizedTest
  @EnumSource
  void theOnlyJobIsCancelledWhileTheNextOneIsSent(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> jobs.with(c).send("a"))
            .actor("cancel", (c, given) -> given.cancel(c, "a"))
            .actor("send", (c, given) -> given.send(c, "b"))
            .actor("claim", (c, given) -> given.claim(c));

    assertThat(merges.outcomes(OrderedJobs::drain))
        .allMatch(
            outcome ->
                outcome.endsWith("-> b")
                    && outcome.contains(
                        outcome.contains("claim: a") ? "cancel: a running" : "cancel: a waiting"));
  }

  @ParameterizedTest
  @EnumSource
  void theHolderOfAChannelIsDiscardedWhileTheNextJobIsSent(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> jobs.with(c).blocking().send("a").claim().die("a"))
            .actor("discard", (c, given) -> given.discard(c, "a"))
            .actor("send", (c, given) -> given.send(c, "b"))
            .actor("claim", (c, given) -> given.claim(c));

    assertThat(merges.outcomes(OrderedJobs::drain)).allMatch(outcome -> outcome.endsWith("-> b"));
  }

  /** Neither sees what the other one does: both find a job before the third. */
  @ParameterizedTest
  @EnumSource
  void theJobInTheMiddleIsCancelledWhileTheHeadCompletes(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> jobs.with(c).send("a", "b", "c").claim())
            .actor("complete", (c, given) -> given.complete(c, "a"))
            .actor("cancel", (c, given) -> given.cancel(c, "b"))
            .actor("claim", (c, given) -> given.claim(c));

    assertThat(merges.outcomes(OrderedJobs::drain))
        .allMatch(outcome -> outcome.endsWith("-> c"), "the third job runs")
        .noneMatch(outcome -> outcome.contains("cancel: b waiting, claim: b"));
  }

  @ParameterizedTest
  @EnumSource
  void aJobIsCancelledWhileItIsClaimed(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> jobs.with(c).send("a").send("b"))
            .actor("cancel", (c, given) -> given.cancel(c, "a"))
            .actor("claim", (c, given) -> given.claim(c));

    assertThat(merges.outcomes(OrderedJobs::drain))
        .isSubsetOf(
            "cancel: a waiting, claim:  -> b",
            "cancel: a waiting, claim: b -> b",
            "cancel: a running, claim: a -> b");
  }

  @ParameterizedTest
  @EnumSource
  void theHeadIsCancelledWhileItCompletes(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> jobs.with(c).send("a", "b", "c").claim())
            .actor("complete", (c, given) -> given.complete(c, "a"))
            .actor("cancel", (c, given) -> given.cancel(c, "a"))
            .actor("claim", (c, given) -> given.claim(c));

    assertThat(merges.outcomes(OrderedJobs::drain))
        .allMatch(outcome -> outcome.endsWith("-> b c"))
        .allMatch(outcome -> outcome.contains("lease lost") != outcome.contains("cancel: ,"));
  }

  @ParameterizedTest
  @EnumSource
  void twoJobsInTheMiddleAreCancelledWhileTheHeadCompletes(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> jobs.with(c).send("a", "b", "c", "d").claim())
            .actor("complete", (c, given) -> given.complete(c, "a"))
            .actor("cancel b", (c, given) -> given.cancel(c, "b"))
            .actor("cancel c", (c, given) -> given.cancel(c, "c"));

    assertThat(merges.outcomes(OrderedJobs::drain))
        .containsOnly("complete: , cancel b: b waiting, cancel c: c waiting -> d");
  }

  @ParameterizedTest
  @EnumSource
  void aChannelIsClearedWhileItIsSentToAndClaimed(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> jobs.with(c).send("a", "b").claim())
            .actor("clear", (c, given) -> given.clear(c))
            .actor("send", (c, given) -> given.send(c, "c"))
            .actor("claim", (c, given) -> given.claim(c));

    assertThat(merges.outcomes(OrderedJobs::drain))
        .allMatch(outcome -> outcome.endsWith("-> c") || outcome.endsWith("-> "));
  }

  @ParameterizedTest
  @EnumSource
  void aJobThatDiesLetsTheNextOneRun(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> jobs.with(c).send("a").claim().send("b", "c"))
            .actor("die", (c, given) -> given.die(c, "a"))
            .actor("claim", (c, given) -> given.claim(c))
            .actor("claim too", (c, given) -> given.claim(c));

    // Where the claim has locked the head, the failure is not taken, and the runner repeats it.
    assertThat(merges.outcomes(OrderedJobs::drain))
        .contains("die: a, claim: b, claim too:  -> b c")
        .allMatch(outcome -> outcome.endsWith(outcome.contains("die: a") ? "-> b c" : "-> a b c"));
  }

  @ParameterizedTest
  @EnumSource
  void aJobThatBlocksHoldsTheChannelWhenItDies(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> jobs.with(c).blocking().send("a").claim().send("b"))
            .actor("die", (c, given) -> given.die(c, "a"))
            .actor("claim", (c, given) -> given.claim(c));

    assertThat(merges.outcomes(OrderedJobs::drain))
        .containsExactlyInAnyOrder("die: a, claim:  -> ", "die: , claim:  -> a b");
  }

  @ParameterizedTest
  @EnumSource
  void theHolderOfAChannelIsDiscarded(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(
                db,
                isolation,
                c -> jobs.with(c).blocking().send("a").claim().die("a").send("b", "c"))
            .actor("discard", (c, given) -> given.discard(c, "a"))
            .actor("claim", (c, given) -> given.claim(c))
            .actor("cancel", (c, given) -> given.cancel(c, "b"));

    assertThat(merges.outcomes(OrderedJobs::drain)).allMatch(outcome -> outcome.endsWith("-> c"));
  }

  @ParameterizedTest
  @EnumSource
  void theHolderOfAChannelIsRedriven(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(
                db,
                isolation,
                c -> jobs.with(c).blocking().send("a").claim().die("a").send("b", "c"))
            .actor("redrive", (c, given) -> given.redrive(c, "a"))
            .actor("claim", (c, given) -> given.claim(c))
            .actor("cancel", (c, given) -> given.cancel(c, "b"));

    assertThat(merges.outcomes(OrderedJobs::drain)).allMatch(outcome -> outcome.endsWith("-> a c"));
  }

  @ParameterizedTest
  @EnumSource
  void aChannelIsUnblocked(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(
                db,
                isolation,
                c -> jobs.with(c).blocking().send("a").claim().die("a").send("b", "c"))
            .actor("unblock", (c, given) -> given.unblock(c))
            .actor("claim", (c, given) -> given.claim(c))
            .actor("discard", (c, given) -> given.discard(c, "a"));

    assertThat(merges.outcomes(OrderedJobs::drain)).allMatch(outcome -> outcome.endsWith("-> b c"));
  }

  @ParameterizedTest
  @EnumSource
  void aDeadJobIsRedrivenBehindTheOthers(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> jobs.with(c).send("a").claim().die("a").send("b").claim())
            .actor("redrive", (c, given) -> given.redrive(c, "a"))
            .actor("complete", (c, given) -> given.complete(c, "b"))
            .actor("claim", (c, given) -> given.claim(c));

    assertThat(merges.outcomes(OrderedJobs::drain)).allMatch(outcome -> outcome.endsWith("-> a"));
  }

  @ParameterizedTest
  @EnumSource
  void listsOfTwoSendersDoNotMix(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> jobs.with(c))
            .actor("one", (c, given) -> given.send(c, "a"), (c, given) -> given.send(c, "b", "c"))
            .actor("other", (c, given) -> given.send(c, "d", "e"));

    assertThat(merges.outcomes(OrderedJobs::drain))
        .isSubsetOf("one:  , other:  -> a b c d e", "one:  , other:  -> d e a b c");
  }

  @ParameterizedTest
  @EnumSource
  void aSendThatIsUndoneLeavesNoGap(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> jobs.with(c).send("a"))
            .undone("undone", (c, given) -> given.send(c, "x", "y"))
            .actor("send", (c, given) -> given.send(c, "b"))
            .actor("claim", (c, given) -> given.claim(c));

    assertThat(merges.outcomes(OrderedJobs::drain)).allMatch(outcome -> outcome.endsWith("-> a b"));
  }

  @ParameterizedTest
  @EnumSource
  void aRescueMeetsTheCompletionOfTheHead(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> jobs.with(c).send("a", "b", "c").claim().lose())
            .actor("complete", (c, given) -> given.complete(c, "a"))
            .actor("rescue", (c, given) -> given.rescue(c))
            .actor("cancel", (c, given) -> given.cancel(c, "b"));

    Set<String> outcomes = merges.outcomes(OrderedJobs::drain);
    assertThat(outcomes)
        .allMatch(
            outcome ->
                outcome.startsWith("complete: lease lost")
                    ? outcome.endsWith("-> a c")
                    : outcome.endsWith("-> c"));
  }

  @ParameterizedTest
  @EnumSource
  void aReservationEndsWhileTheNextJobIsClaimed(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> jobs.with(c).reserve("a").send("b", "c").end("a"))
            .actor("claim", (c, given) -> given.claim(c))
            .actor("claim too", (c, given) -> given.claim(c))
            .actor("cancel", (c, given) -> given.cancel(c, "b"));

    assertThat(merges.outcomes(OrderedJobs::drain)).allMatch(outcome -> outcome.endsWith("-> c"));
  }

  @ParameterizedTest
  @EnumSource
  void aReservationIsCommittedWhileTheNextJobIsClaimed(Isolation isolation) throws Exception {
    var merges =
        new Merges<>(db, isolation, c -> jobs.with(c).reserve("a").send("b"))
            .actor("commit", (c, given) -> given.commit(c, "a"))
            .actor("claim", (c, given) -> given.claim(c))
            .actor("claim too", (c, given) -> given.claim(c));

    assertThat(merges.outcomes(OrderedJobs::drain))
        .allMatch(outcome -> outcome.startsWith("commit: a,") && outcome.endsWith("-> a b"));
  }

  /** What a snapshot taken before does not show, the next claim looks after. */
  @Test
  void aTransactionThatBeganBeforeTheNextJobWasSentCompletesTheHead() throws Exception {
    var merges =
        new Merges<>(db, Isolation.REPEATABLE_READ, c -> jobs.with(c).send("a").claim())
            .actor("complete", (c, given) -> given.look(c), (c, given) -> given.complete(c, "a"))
            .actor("send", (c, given) -> given.send(c, "b", "c"))
            .actor("claim", (c, given) -> given.claim(c));

    assertThat(merges.outcomes(OrderedJobs::drain)).allMatch(outcome -> outcome.endsWith("-> b c"));
  }
}
