package io.jdbcmq.internal.runner;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.internal.notify.WorkSignal;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class SlotsTest {
  private final WorkSignal signal = new WorkSignal();
  private final Slots slots = new Slots(2, 5, signal);

  @Test
  void fillsUpToTheMaximumOnceFewerThanTheMinimumRun() throws InterruptedException {
    assertThat(slots.want()).isEqualTo(5);
    start(5);
    assertThat(slots.want()).isZero();
    end(3);
    assertThat(slots.want()).isZero(); // 2 run
    assertThat(signal.await(Duration.ZERO)).isFalse();
    end(1);
    assertThat(slots.want()).isEqualTo(4);
    assertThat(signal.await(Duration.ZERO)).isTrue();
  }

  @Test
  void fetchesNothingWhileTooManyOutcomesWaitForTheDatabase() throws InterruptedException {
    for (int i = 0; i < 4; i++) {
      start(5);
      end(5);
    }
    assertThat(slots.running()).isZero();
    assertThat(slots.want()).isZero();
    slots.settled(1);
    assertThat(slots.want()).isEqualTo(5);
    assertThat(signal.await(Duration.ZERO)).isTrue();
  }

  @Test
  void isSettledWhenHandlersHaveEndedAndTheirOutcomesAreStored() throws InterruptedException {
    start(1);
    assertThat(slots.awaitEnded(Duration.ofMillis(1))).isFalse();
    assertThat(slots.awaitSettled(Duration.ofMillis(1))).isFalse(); // one still runs
    end(1);
    assertThat(slots.awaitEnded(Duration.ZERO)).isTrue();
    assertThat(slots.awaitSettled(Duration.ofMillis(1))).isFalse();
    slots.settled(1);
    assertThat(slots.awaitSettled(Duration.ZERO)).isTrue();
  }

  @Test
  void aHandlerThatCannotBeStoppedKeepsItsSlotAndItsOutcomeIsAwaited() throws InterruptedException {
    start(5);
    slots.stuck();
    assertThat(slots.awaitSettled(Duration.ofMillis(1))).isFalse(); // the failure is not stored
    slots.settled(1);
    end(3);
    slots.settled(3);
    assertThat(slots.want()).isZero(); // one runs, and the stuck one
    assertThat(slots.running()).isEqualTo(2);
    end(1);
    slots.unstuck();
    assertThat(slots.want()).isEqualTo(4);
    end(1);
    slots.settled(1);
    assertThat(slots.awaitSettled(Duration.ZERO)).isTrue();
  }

  private void start(int count) {
    for (int i = 0; i < count; i++) {
      slots.started();
    }
  }

  private void end(int count) {
    for (int i = 0; i < count; i++) {
      slots.ended();
    }
  }
}
