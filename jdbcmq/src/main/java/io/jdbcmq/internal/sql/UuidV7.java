package io.jdbcmq.internal.sql;

import java.security.SecureRandom;
import java.time.Clock;
import java.util.UUID;

/**
 * Makes UUIDs of version 7 (RFC 9562): milliseconds, then random bits.
 *
 * <p>New ids go to the right edge of the primary key, which keeps its pages full and in memory. The
 * time in them orders nothing else and decides nothing, so a wrong client clock costs speed at
 * most.
 */
public final class UuidV7 {
  private static final SecureRandom RANDOM = new SecureRandom();

  private UuidV7() {}

  /** A fresh id. */
  public static UUID next() {
    byte[] random = new byte[10];
    RANDOM.nextBytes(random);
    return of(Clock.systemUTC().millis(), random);
  }

  /** The layout of the standard: 48 bits time, version, 12 bits random, variant, 62 bits random. */
  static UUID of(long millis, byte[] random) {
    long high = (millis << 16) | 0x7000L | ((random[0] & 0x0FL) << 8) | (random[1] & 0xFFL);
    long low = 0;
    for (int i = 2; i < 10; i++) {
      low = (low << 8) | (random[i] & 0xFFL);
    }
    return new UUID(high, (low & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L);
  }
}
