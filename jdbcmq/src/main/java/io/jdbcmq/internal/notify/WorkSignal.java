package io.jdbcmq.internal.notify;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.time.Duration;
import java.util.concurrent.Semaphore;

/** Wakes a waiting thread when there may be work. Thread-safe. */
public final class WorkSignal {
  private final Semaphore wakeUps = new Semaphore(0);

  /** Wakes the waiting thread, or keeps the next one from waiting. */
  public void signal() {
    if (wakeUps.availablePermits() == 0) {
      wakeUps.release();
    }
  }

  /** Returns true on a wake-up, or false once {@code atMost} has passed. */
  public boolean await(Duration atMost) throws InterruptedException {
    if (!wakeUps.tryAcquire(atMost.toNanos(), NANOSECONDS)) {
      return false;
    }
    wakeUps.drainPermits(); // many wake-ups, one look at the queue
    return true;
  }
}
