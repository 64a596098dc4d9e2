package io.jdbcmq.internal.runner;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.api.Test;

/** What is measured does what it says, again and again. */
class RunnerPiecesTest {
  private final RunnerPieces pieces = new RunnerPieces();

  @Test
  void eachJobIsRunAndForgotten() {
    assertThat(pieces.dispatch()).isEqualTo(RunnerPieces.JOBS);
    assertThat(pieces.dispatch()).isEqualTo(2 * RunnerPieces.JOBS);
    assertThat(pieces.unsettled()).isZero();
  }

  @Test
  void eachOutcomeIsSettled() throws SQLException {
    assertThat(pieces.settle()).isEqualTo(RunnerPieces.JOBS);
    assertThat(pieces.settle()).isEqualTo(2 * RunnerPieces.JOBS);
  }
}
