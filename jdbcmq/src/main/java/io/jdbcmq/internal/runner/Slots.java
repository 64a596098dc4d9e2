package io.jdbcmq.internal.runner;

import io.jdbcmq.internal.notify.WorkSignal;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Counts what a runner has in hand, and with it bounds its memory: jobs that run, at most {@code
 * max}, and outcomes that the database has not taken yet. Thread-safe.
 */
final class Slots {
  private final int min;
  private final int max;
  private final int maxUnsettled;
  private final WorkSignal signal;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private int running;
  private int unsettled;
  private int stuck;

  /** Slots whose refilling is signalled. */
  Slots(int min, int max, WorkSignal signal) {
    this.min = min;
    this.max = max;
    this.maxUnsettled = 4 * max;
    this.signal = signal;
  }

  /** How many jobs to fetch: none unless fewer than the minimum run, then up to the maximum. */
  int want() {
    lock.lock();
    try {
      return running < min && unsettled < maxUnsettled ? max - running : 0;
    } finally {
      lock.unlock();
    }
  }

  /** A job starts: it runs, and its outcome is owed. */
  void started() {
    lock.lock();
    try {
      running++;
      unsettled++;
    } finally {
      lock.unlock();
    }
  }

  /** A handler has ended. */
  void ended() {
    change(1, 0);
  }

  /** A running handler cannot be stopped: its outcome is reported without it. */
  void stuck() {
    lock.lock();
    try {
      stuck++;
    } finally {
      lock.unlock();
    }
  }

  /** A handler that could not be stopped is not to be counted as such any more. */
  void unstuck() {
    lock.lock();
    try {
      stuck--;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The database has taken the outcomes of this many runs, or they were given up. */
  void settled(int count) {
    change(0, count);
  }

  /** How many handlers run. */
  int running() {
    lock.lock();
    try {
      return running;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until no handler runs; false if that took longer. */
  boolean awaitEnded(Duration atMost) throws InterruptedException {
    return await(atMost, () -> running > 0);
  }

  /**
   * Waits until the outcomes of all handlers that have ended, or cannot be stopped, are settled.
   * Returns whether nothing is left then: neither an outcome nor a running handler.
   */
  boolean awaitSettled(Duration atMost) throws InterruptedException {
    return await(atMost, () -> unsettled > running - stuck) && running() == 0;
  }

  private void change(int ended, int settled) {
    boolean refill;
    lock.lock();
    try {
      boolean couldFetch = running < min && unsettled < maxUnsettled;
      running -= ended;
      unsettled -= settled;
      refill = !couldFetch && running < min && unsettled < maxUnsettled;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (refill) {
      signal.signal();
    }
  }

  private boolean await(Duration atMost, BooleanSupplier busy) throws InterruptedException {
    long left = atMost.toNanos();
    lock.lock();
    try {
      while (busy.getAsBoolean()) {
        if (left <= 0) {
          return false;
        }
        left = changed.awaitNanos(left);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }
}
