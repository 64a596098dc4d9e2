package io.jdbcmq.internal.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LeaseTest {
  private static final long ASKED = Long.MAX_VALUE - 1; // the clock may start anywhere, and wrap

  private final Lease lease = new Lease(UUID.randomUUID(), Duration.ofSeconds(10), ASKED);

  @Test
  void isCountedFromBeforeTheRequestAndEndsATenthEarlier() {
    assertThat(lease.remaining(ASKED)).isEqualTo(Duration.ofSeconds(9));
    assertThat(lease.remaining(ASKED + Duration.ofSeconds(9).toNanos())).isZero();
  }

  @Test
  void aRenewalExtendsIt() {
    lease.renewed(ASKED + Duration.ofSeconds(3).toNanos());
    assertThat(lease.remaining(ASKED)).isEqualTo(Duration.ofSeconds(12));
  }

  @Test
  void isLostOnce() {
    assertThat(lease.lose()).isTrue();
    assertThat(lease.lose()).isFalse();
    assertThat(lease.isLost()).isTrue();
  }
}
