package io.jdbcmq.torture.role;

import io.jdbcmq.torture.history.Event;
import io.jdbcmq.torture.history.Journal;
import java.lang.management.ManagementFactory;
import java.util.concurrent.locks.LockSupport;

/**
 * Notes several times in a lease that this process is not standing still, and how it is, which is
 * measured every few seconds.
 */
final class Health {
  private static final long PERIOD_NANOS = 250_000_000;
  private static final int PERIODS_PER_COLLECTION = 20;

  private final Journal journal;
  private final String process;

  Health(Journal journal, String process) {
    this.journal = journal;
    this.process = process;
  }

  /** Starts a thread that ends with the process. */
  void start() {
    Thread thread = new Thread(this::watch, "health");
    thread.setDaemon(true);
    thread.start();
  }

  private void watch() {
    long heapBytes = 0;
    for (int period = 0; ; period = (period + 1) % PERIODS_PER_COLLECTION) {
      if (period == 0) {
        heapBytes = heapBytes();
      }
      journal.note(
          new Event.Health(
              System.nanoTime(),
              process,
              heapBytes / 1024,
              ManagementFactory.getThreadMXBean().getThreadCount()));
      LockSupport.parkNanos(PERIOD_NANOS);
    }
  }

  /** What lives: without a collection, garbage would hide whether it grows. */
  private static long heapBytes() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
