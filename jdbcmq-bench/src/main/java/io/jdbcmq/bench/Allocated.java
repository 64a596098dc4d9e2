package io.jdbcmq.bench;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;

/**
 * Counts the bytes that threads of this process allocate on the heap, from its making on. What a
 * thread has allocated is known as long as it is alive, so the count is to be taken before workers
 * stop. Virtual threads are counted with the threads that carry them.
 */
final class Allocated {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final Map<Long, Long> before = byThread();

  /** By all threads that are alive. */
  long bytes() {
    Map<Long, Long> now = byThread();
    now.replaceAll((thread, bytes) -> bytes - before.getOrDefault(thread, 0L));
    return now.values().stream().mapToLong(Long::longValue).sum();
  }

  /** By the calling thread in all its life. */
  static long byThisThread() {
    return THREADS.getCurrentThreadAllocatedBytes();
  }

  private static Map<Long, Long> byThread() {
    long[] threads = THREADS.getAllThreadIds();
    long[] bytes = THREADS.getThreadAllocatedBytes(threads);
    Map<Long, Long> byThread = new HashMap<>();
    for (int i = 0; i < threads.length; i++) {
      if (bytes[i] >= 0) { // else it has just ended
        byThread.put(threads[i], bytes[i]);
      }
    }
    return byThread;
  }
}
