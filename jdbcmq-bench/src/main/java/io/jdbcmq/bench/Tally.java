package io.jdbcmq.bench;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/** Counts jobs by their numbers, each once, and notes when the first began and the last ended. */
final class Tally {
  /** After so long without a job, a system has lost those that are left: longer than any polls. */
  static final Duration STALLED = Duration.ofSeconds(12);

  private static final long LOOK_MILLIS = 5;

  private final int from;
  private final int target;
  private final AtomicLongArray bits;
  private final AtomicInteger done = new AtomicInteger();
  private final AtomicInteger twice = new AtomicInteger();
  private final AtomicInteger strangers = new AtomicInteger();
  private final AtomicLong firstNanos = new AtomicLong();
  private final CountDownLatch first = new CountDownLatch(1);
  private final CountDownLatch all = new CountDownLatch(1);
  private volatile long lastNanos;

  /**
   * A tally of jobs with numbers from the first one on.
   *
   * @param range how many numbers there are
   * @param target after how many jobs it is full; at most the range
   */
  Tally(int from, int range, int target) {
    this.from = from;
    this.target = target;
    this.bits = new AtomicLongArray(range / Long.SIZE + 1);
  }

  /** A handler has begun. */
  void begin() {
    if (firstNanos.get() == 0 && firstNanos.compareAndSet(0, System.nanoTime())) {
      first.countDown();
    }
  }

  /** A handler ends; false if the same job was counted before, or is not one of these. */
  boolean end(String payload) {
    int number = Payloads.number(payload) - from;
    if (number < 0 || number / Long.SIZE >= bits.length()) {
      strangers.incrementAndGet();
      return false;
    }
    long bit = 1L << number;
    long before = bits.getAndAccumulate(number / Long.SIZE, bit, (a, b) -> a | b);
    if ((before & bit) != 0) {
      twice.incrementAndGet();
      return false;
    }
    if (done.incrementAndGet() == target) {
      lastNanos = System.nanoTime();
      all.countDown();
    }
    return true;
  }

  /** Waits for the first job to begin; false if none has in time. */
  boolean awaitFirst(long millis) throws InterruptedException {
    return first.await(millis, TimeUnit.MILLISECONDS);
  }

  /** Waits until all jobs have ended; false if they have not in time. */
  boolean awaitAll(long millis) throws InterruptedException {
    return all.await(millis, TimeUnit.MILLISECONDS);
  }

  /**
   * Whether all jobs have ended, or at least another one does before nothing has happened for so
   * long: then none is lost for what can be seen, the rest was only not reached.
   */
  boolean goesOn(Duration patience) throws InterruptedException {
    int before = done();
    long end = System.nanoTime() + patience.toNanos();
    while (lastNanos == 0 && done() == before) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
    return true;
  }

  int done() {
    return done.get();
  }

  int twice() {
    return twice.get();
  }

  /** Jobs with other numbers: left over from before, which is a mistake of the benchmark. */
  int strangers() {
    return strangers.get();
  }

  /** By {@link System#nanoTime}. */
  long firstNanos() {
    return firstNanos.get();
  }

  /** When the last of all ended, by {@link System#nanoTime}; 0 before. */
  long lastNanos() {
    return lastNanos;
  }

  /** The numbers that were counted, as bits. */
  long[] bits() {
    long[] copy = new long[bits.length()];
    for (int i = 0; i < copy.length; i++) {
      copy[i] = bits.get(i);
    }
    return copy;
  }
}
