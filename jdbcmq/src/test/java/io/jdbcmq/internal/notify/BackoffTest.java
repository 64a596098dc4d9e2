package io.jdbcmq.internal.notify;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BackoffTest {
  private final Backoff backoff = new Backoff(Duration.ofMillis(300));

  @Test
  void pausesDoubleUpToTheMaximumAndAreShortenedByUpToHalf() {
    for (int longest : new int[] {50, 100, 200, 300, 300}) {
      assertThat(backoff.next())
          .isBetween(Duration.ofMillis(longest / 2), Duration.ofMillis(longest));
    }
    backoff.reset();
    assertThat(backoff.next()).isBetween(Duration.ofMillis(25), Duration.ofMillis(50));
  }
}
