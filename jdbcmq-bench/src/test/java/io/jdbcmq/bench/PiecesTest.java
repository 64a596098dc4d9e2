package io.jdbcmq.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.jdbcmq.internal.sql.JobRow;
import org.junit.jupiter.api.Test;

/** What is measured does what it says. */
class PiecesTest {
  private final Pieces pieces = new Pieces();

  @Test
  void eachPieceDoesItsWork() {
    String json = pieces.encode();
    assertThat(json).hasSize(91).contains("Lovelace");
    assertThat(pieces.decode().name()).isEqualTo("Ada Lovelace");
    assertThatCode(pieces::checkJson).doesNotThrowAnyException();
    assertThat(pieces.makeId()).isNotEqualTo(pieces.makeId());
    assertThat(pieces.prepareJson())
        .extracting(JobRow::json)
        .isEqualTo(pieces.prepareObject().json());
    assertThat(pieces.prepareJson().json()).contains(json);
  }
}
