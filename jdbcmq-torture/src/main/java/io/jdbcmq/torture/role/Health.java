package io.jdbcmq.torture.role;

import io.jdbcmq.torture.history.Event;
import io.jdbcmq.torture.history.Journal;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.util.concurrent.locks.LockSupport;

/** Notes every few seconds how this process is. */
final class Health {
  private static final long PERIOD_NANOS = 5_000_000_000L;

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
    while (true) {
      journal.note(
          new Event.Health(
              System.nanoTime(),
              process,
              heapBytes() / 1024,
              ManagementFactory.getThreadMXBean().getThreadCount()));
      LockSupport.parkNanos(PERIOD_NANOS);
    }
  }

  /** What was in use after the last collection of each part of the heap. */
  private static long heapBytes() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP)
        .map(MemoryPoolMXBean::getCollectionUsage)
        .filter(usage -> usage != null)
        .mapToLong(usage -> usage.getUsed())
        .sum();
  }
}
