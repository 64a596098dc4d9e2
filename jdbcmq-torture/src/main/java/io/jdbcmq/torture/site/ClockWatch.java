package io.jdbcmq.torture.site;

import io.jdbcmq.torture.check.Checker;
import io.jdbcmq.torture.history.Event;
import io.jdbcmq.torture.history.Journal;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * Notes when the machine's time of day jumps, by which the server decides, besides the monotonic
 * clock, by which histories are kept. Has a thread of its own.
 */
public final class ClockWatch implements AutoCloseable {
  /** Less than what the check allows for, since several may follow each other. */
  private static final long STEP_NANOS = 2_000_000;

  private static final long PERIOD_MS = 100;
  private static final int READINGS = 5;

  private final Journal journal;
  private final LongSupplier offset;
  private final AtomicInteger steps = new AtomicInteger();
  private final CountDownLatch end = new CountDownLatch(1);
  private final Thread thread = new Thread(this::watch, "clock-watch");
  private long lastNanos;
  private long lastOffset;

  /**
   * Without a thread.
   *
   * @param offset the time of day, less that of the monotonic clock, in nanoseconds
   */
  ClockWatch(Journal journal, LongSupplier offset) {
    this.journal = journal;
    this.offset = offset;
    this.lastNanos = System.nanoTime();
    this.lastOffset = offset.getAsLong();
  }

  /** Begins to watch. */
  public static ClockWatch start(Journal journal) {
    ClockWatch watch = new ClockWatch(journal, ClockWatch::offset);
    watch.thread.setDaemon(true);
    watch.thread.start();
    return watch;
  }

  private void watch() {
    try {
      while (!end.await(PERIOD_MS, TimeUnit.MILLISECONDS)) {
        look();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Notes whether the time of day has jumped since the last look. */
  void look() {
    long begun = System.nanoTime();
    long now = offset.getAsLong();
    if (Math.abs(now - lastOffset) > STEP_NANOS) {
      journal.note(new Event.Fault(lastNanos, "harness", Checker.CLOCK_STEP, true));
      journal.note(new Event.Fault(System.nanoTime(), "harness", Checker.CLOCK_STEP, false));
      lastOffset = now;
      steps.incrementAndGet();
    }
    lastNanos = begun;
  }

  /** How often it has jumped so far. */
  public int steps() {
    return steps.get();
  }

  /** That of several readings which was interrupted for the shortest time. */
  private static long offset() {
    long best = 0;
    long shortest = Long.MAX_VALUE;
    for (int i = 0; i < READINGS; i++) {
      long before = System.nanoTime();
      Instant time = Instant.now();
      long took = System.nanoTime() - before;
      if (took < shortest) {
        shortest = took;
        best = time.getEpochSecond() * 1_000_000_000 + time.getNano() - before - took / 2;
      }
    }
    return best;
  }

  /** Ends it; nothing is noted after that. */
  @Override
  public void close() {
    end.countDown();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
