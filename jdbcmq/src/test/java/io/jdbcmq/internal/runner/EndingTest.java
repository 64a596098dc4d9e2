package io.jdbcmq.internal.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jdbcmq.internal.runner.Ending.State;
import io.jdbcmq.internal.runner.Ending.Way;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class EndingTest {
  private final Ending ending = new Ending(new UUID(1, 2));

  @Test
  void aRunIsOpenUntilItsHandlerEndsIt() {
    assertThat(ending.state()).isEqualTo(State.OPEN);
    ending.requireUnsettled("take a checkpoint");
    ending.note(Way.SNOOZE);
    ending.requireUnsettled("take a checkpoint"); // nothing has been settled yet
    assertThat(ending.isSettling()).isFalse();
  }

  @Test
  void aSecondEndIsRefusedAndBothAreNamed() {
    ending.note(Way.GIVE_UP);
    assertThatThrownBy(() -> ending.begin(Way.COMPLETE))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "job 00000000-0000-0001-0000-000000000002 cannot be completed:"
                + " it has been given up before in this run");
  }

  @Test
  void anEndIsInDoubtUntilTheDatabaseHasConfirmedOrRefusedIt() {
    ending.begin(Way.COMPLETE);
    assertThat(ending.state()).isEqualTo(State.IN_DOUBT);
    assertThat(ending.rolledBack())
        .isEqualTo("the job was completed in a transaction that was then rolled back");
    assertThatThrownBy(() -> ending.requireUnsettled("take a checkpoint"))
        .hasMessageContaining("cannot take a checkpoint: it has been completed before");
    ending.reopen();
    ending.begin(Way.SNOOZE);
    ending.done();
    assertThat(ending.state()).isEqualTo(State.DONE);
  }

  @Test
  void theRunnerFulfilsTheWishOrCompletesTheJob() {
    ending.note(Way.SNOOZE);
    ending.beginNoted();
    assertThat(ending.rolledBack()).contains("snoozed");

    Ending open = new Ending(new UUID(1, 3));
    open.beginNoted();
    assertThat(open.rolledBack()).contains("completed");
  }
}
