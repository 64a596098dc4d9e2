package io.jdbcmq.internal.sql;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.sql.SQLException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * The races that one transaction has lost (serialization, deadlock), each of which is a reason to
 * repeat it. For one thread.
 *
 * <p>At SERIALIZABLE, a transaction fails again and again while the one that it lost against is
 * committing, which may wait for a disk or a standby: so the pauses grow, to 0.8 to 1.5 s in all.
 */
public final class LostRaces {
  private static final int MAX_TRIES = 20;
  private static final int MAX_DOUBLINGS = 7;

  private int count;

  /**
   * Whether to repeat a transaction that ended so; if yes, after a pause, for which it blocks: up
   * to 128 ms. An interrupt ends the pause and stays.
   */
  public boolean isAnother(SQLException end) {
    if (!SqlErrors.isLostRace(end) || count == MAX_TRIES - 1) {
      return false;
    }
    count++;
    if (count > 1) { // the first one may be over already
      long half = MILLISECONDS.toNanos(1L << Math.min(count - 2, MAX_DOUBLINGS)) / 2;
      LockSupport.parkNanos(half + ThreadLocalRandom.current().nextLong(half));
    }
    return true;
  }
}
