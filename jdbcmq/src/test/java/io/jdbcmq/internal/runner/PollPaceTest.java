package io.jdbcmq.internal.runner;

import static java.time.Duration.ZERO;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PollPaceTest {
  private final PollPace pace = new PollPace(ofSeconds(1), false);

  @Test
  void aPollThatTookAllItWantedIsFollowedAtOnce() {
    assertThat(pace.afterPoll(10, 10)).isEqualTo(ZERO);
  }

  @Test
  void whileWorkKeepsComingPollsFollowInMillisecondsAndNobodyIsAskedToNotify() {
    for (int i = 0; i < 5; i++) {
      assertThat(pace.hungryFor()).isEqualTo(ZERO);
      assertThat(pace.afterPoll(10, 3)).isEqualTo(ofMillis(3));
    }
  }

  @Test
  void theFirstEmptyPollIsFollowedByOneThatAsksToBeNotified() {
    assertThat(pace.afterPoll(10, 0)).isEqualTo(ofMillis(3));
    assertThat(pace.hungryFor()).isEqualTo(ofSeconds(10));
  }

  @Test
  void aHungryRunnerPollsAfterDoublingPausesUpToTheIdleInterval() {
    pace.afterPoll(10, 0);
    for (int expected : new int[] {5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000}) {
      assertThat(pace.afterPoll(10, 0)).isEqualTo(ofMillis(expected));
    }
  }

  @Test
  void aWakeUpThatFoundNothingStartsThePausesAnew() {
    for (int i = 0; i < 10; i++) {
      pace.afterPoll(10, 0);
    }
    pace.woken();
    assertThat(pace.afterPoll(10, 0)).isEqualTo(ofMillis(5));
  }

  @Test
  void singleJobsDoNotEndTheHunger() {
    pace.afterPoll(10, 0);
    for (int i = 0; i < 5; i++) {
      pace.afterPoll(10, 1);
      pace.afterPoll(10, 1);
      assertThat(pace.hungryFor()).isEqualTo(ofSeconds(10));
      assertThat(pace.afterPoll(10, 0)).isEqualTo(ofMillis(5));
    }
  }

  @Test
  void aStreamEndsTheHunger() {
    pace.afterPoll(10, 0);
    for (int i = 0; i < 3; i++) {
      assertThat(pace.hungryFor()).isEqualTo(ofSeconds(10));
      assertThat(pace.afterPoll(10, 1)).isEqualTo(ofMillis(3));
    }
    assertThat(pace.hungryFor()).isEqualTo(ZERO);
  }

  @Test
  void inPollOnlyModeNobodyIsAsked() {
    PollPace pollOnly = new PollPace(ofSeconds(1), true);
    pollOnly.afterPoll(10, 0);
    assertThat(pollOnly.hungryFor()).isEqualTo(ZERO);
  }

  @Test
  void noPauseIsLongerThanAShortIdleInterval() {
    PollPace shortIdle = new PollPace(ofMillis(2), false);
    assertThat(shortIdle.afterPoll(10, 1)).isEqualTo(ofMillis(2));
    assertThat(shortIdle.afterPoll(10, 0)).isEqualTo(ofMillis(2));
    assertThat(shortIdle.afterPoll(10, 0)).isEqualTo(ofMillis(2));
  }
}
