package io.jdbcmq.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class CommitLogTest {
  private static final UUID A = new UUID(0, 1);
  private static final UUID B = new UUID(0, 2);
  private static final UUID C = new UUID(0, 3);

  @Test
  void orderOfTheCommitsIsSound() {
    CommitLog log = new CommitLog();
    log.committed(List.of(A, B), 10, 20);
    log.committed(List.of(C), 30, 40);

    assertThat(log.findings(List.of(A, B, C))).isEmpty();
  }

  @Test
  void commitsThatOverlapMayHaveBeenInEitherOrder() {
    CommitLog log = new CommitLog();
    log.committed(List.of(A), 10, 30);
    log.committed(List.of(B), 20, 40);

    assertThat(log.findings(List.of(A, B))).isEmpty();
    assertThat(log.findings(List.of(B, A))).isEmpty();
  }

  @Test
  void disorderIsFound() {
    CommitLog log = new CommitLog();
    log.committed(List.of(A, B), 10, 20);
    log.committed(List.of(C), 30, 40);

    assertThat(log.findings(List.of(C, A, B))).hasSize(2); // both of the first list
    assertThat(log.findings(List.of(B, A, C))).isNotEmpty();
    assertThat(log.findings(List.of(A, C, B))).isNotEmpty();
    assertThat(log.findings(List.of(new UUID(0, 4)))).hasSize(1);
  }
}
