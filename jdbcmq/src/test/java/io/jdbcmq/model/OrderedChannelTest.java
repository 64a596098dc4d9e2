package io.jdbcmq.model;

import static io.jdbcmq.model.OrderedChannel.delayed;
import static io.jdbcmq.model.OrderedChannel.held;
import static io.jdbcmq.model.OrderedChannel.parked;
import static io.jdbcmq.model.OrderedChannel.ready;
import static io.jdbcmq.model.OrderedChannel.running;
import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.model.Explorer.Result;
import io.jdbcmq.model.OrderedChannel.Job;
import io.jdbcmq.model.OrderedChannel.Rule;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Strict order holds in every schedule, and needs each of its rules. */
class OrderedChannelTest {
  private static final Set<Rule> ALL = EnumSet.allOf(Rule.class);

  /** Who meets whom. */
  @SuppressWarnings("ImmutableEnumChecker") // a world is not changed, but copied
  enum Meeting {
    A_SEND_THAT_IS_UNDONE(
        World.empty().with("stripes/1", "stripe"),
        channel ->
            List.of(
                channel.undecidedSender("sender of a", "a"),
                channel.sender("sender of b", "b"),
                channel.runner("runner 1", 1),
                channel.claimer("runner 2"))),
    A_CLAIM_AND_THE_END_OF_THE_HEAD(
        ready(running("a"), "b"),
        channel ->
            List.of(
                channel.finisher("finisher", new Job("a", 1)),
                channel.claimer("runner 1"),
                channel.claimer("runner 2"))),
    A_CLAIM_AND_AN_END_THAT_IS_UNDONE(
        parked(ready(running("a"), "b"), "c"),
        channel ->
            List.of(
                channel.undecidedFinisher("finisher", new Job("a", 1)),
                channel.claimer("runner 1"),
                channel.claimer("runner 2"))),
    AN_END_WITH_AN_OLD_SNAPSHOT(
        ready(running("a"), "b"),
        channel ->
            List.of(
                channel.finisherWithOldSnapshot("finisher", new Job("a", 1)),
                channel.claimer("runner 1"),
                channel.claimer("runner 2"))),
    A_CANCEL_IN_THE_MIDDLE(
        running("a", "b", "c"),
        channel ->
            List.of(
                channel.finisher("finisher", new Job("a", 1)),
                channel.canceller("canceller", "b"),
                channel.claimer("runner 1"),
                channel.claimer("runner 2"))),
    A_CANCEL_AND_A_CLAIM_OF_THE_SAME_JOB(
        ready(running("a"), "b"),
        channel ->
            List.of(
                channel.finisher("finisher", new Job("a", 1)),
                channel.canceller("canceller", "b"),
                channel.claimer("runner 1"))),
    A_JOB_THAT_COMES_BACK_WHILE_IT_IS_CLAIMED(
        ready(World.empty().with("stripes/1", "stripe"), "a"),
        channel ->
            List.of(
                channel.resender("resender", "a"),
                channel.claimer("runner 1"),
                channel.claimer("runner 2"))),
    THE_ONE_BEFORE_COMES_BACK_BEHIND(
        ready(delayed(World.empty().with("stripes/1", "stripe"), "a"), "b"),
        channel ->
            List.of(
                channel.resender("resender", "a"),
                channel.claimer("runner 1"),
                channel.claimer("runner 2"))),
    THE_NEXT_ONE_COMES_BACK_BEHIND(
        running("a", "b", "c").with("stripes/1", "stripe"),
        channel ->
            List.of(
                channel.finisher("finisher", new Job("a", 1)),
                channel.resender("resender", "b"),
                channel.claimer("runner 1"),
                channel.claimer("runner 2"))),
    THE_NEXT_ONE_COMES_BACK_IN_A_LIST(
        running("a", "b", "c").with("stripes/1", "stripe"),
        channel ->
            List.of(
                channel.finisher("finisher", new Job("a", 1)),
                channel.resenderBehind("resender", "d", "b"),
                channel.claimer("runner 1"),
                channel.claimer("runner 2"))),
    TWO_CANCELS_IN_THE_MIDDLE(
        running("a", "b", "c", "d"),
        channel ->
            List.of(
                channel.finisher("finisher", new Job("a", 1)),
                channel.canceller("canceller of b", "b"),
                channel.canceller("canceller of c", "c"),
                channel.claimer("runner"))),
    A_CANCEL_WITH_AN_OLD_SNAPSHOT(
        parked(ready(running("a"), "b"), "c"),
        channel ->
            List.of(
                channel.finisherWithOldSnapshot("finisher", new Job("a", 1)),
                channel.cancellerWithOldSnapshot("canceller", "b"),
                channel.claimer("runner 1"),
                channel.claimer("runner 2"))),
    THE_HEAD_IS_CANCELLED_AS_IT_ENDS(
        running("a", "b"),
        channel ->
            List.of(
                channel.finisher("finisher", new Job("a", 1)),
                channel.canceller("canceller", "a"),
                channel.claimer("runner 1"),
                channel.claimer("runner 2"))),
    A_CLAIM_AND_THE_UNBLOCKING(
        ready(held("x"), "a"),
        channel ->
            List.of(
                channel.unblocker("unblocker", "x"),
                channel.claimer("runner 1"),
                channel.claimer("runner 2"))),
    TWO_SENDERS_AND_TWO_RUNNERS(
        World.empty().with("stripes/1", "stripe"),
        channel ->
            List.of(
                channel.sender("sender of a", "a"),
                channel.sender("sender of b", "b"),
                channel.runner("runner 1", 2),
                channel.runner("runner 2", 2)));

    private final World start;
    private final Function<OrderedChannel, List<Program>> programs;

    Meeting(World start, Function<OrderedChannel, List<Program>> programs) {
      this.start = start;
      this.programs = programs;
    }

    Result explore(Set<Rule> rules) {
      return Explorer.explore(
          start, programs.apply(new OrderedChannel(rules)), OrderedChannel::broken);
    }
  }

  @Test
  void noScheduleBreaksTheOrderOrLeavesAJobBehind() {
    int states = 0;
    for (Meeting meeting : Meeting.values()) {
      Result result = meeting.explore(ALL);
      assertThat(result.counterExample()).as("%s", meeting).isEmpty();
      states += result.states();
    }
    assertThat(states).isGreaterThan(50_000);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "A_CLAIM_LOCKS_THE_JOB")
  void someScheduleGoesWrongWithoutThisRule(Rule rule) {
    Set<Rule> others = EnumSet.complementOf(EnumSet.of(rule));

    assertThat(Meeting.values()).anyMatch(meeting -> !meeting.explore(others).isSound());
  }

  /** It spares a start that is fenced at once; who cancels looks until the job stands still. */
  @Test
  void theLockOnTheJobItselfIsASecondLineOfDefence() {
    Set<Rule> others = EnumSet.complementOf(EnumSet.of(Rule.A_CLAIM_LOCKS_THE_JOB));

    assertThat(Meeting.values()).allMatch(meeting -> meeting.explore(others).isSound());
  }
}
