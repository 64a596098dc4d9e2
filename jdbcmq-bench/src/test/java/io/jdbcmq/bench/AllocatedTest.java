package io.jdbcmq.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class AllocatedTest {
  private static final int SIZE = 50 << 20; // much more than other threads allocate meanwhile
  private static final long NEARLY = SIZE + SIZE / 2;

  @Test
  void countsWhatOldAndNewThreadsAllocateFromNowOn() throws Exception {
    ExecutorService old = Executors.newSingleThreadExecutor();
    ExecutorService fresh = Executors.newSingleThreadExecutor();
    try {
      allocate(old);
      Allocated none = new Allocated();
      assertThat(none.bytes()).isBetween(0L, SIZE / 2L);

      Allocated one = new Allocated();
      allocate(old);
      assertThat(one.bytes()).isBetween((long) SIZE, NEARLY);

      Allocated other = new Allocated();
      allocate(fresh);
      assertThat(other.bytes()).isBetween((long) SIZE, NEARLY);
    } finally {
      old.shutdown();
      fresh.shutdown();
    }
  }

  @Test
  void countsWhatTheCallingThreadAllocates() {
    long before = Allocated.byThisThread();
    byte[] bytes = new byte[SIZE];

    assertThat(Allocated.byThisThread() - before).isBetween((long) bytes.length, NEARLY);
  }

  private static void allocate(ExecutorService thread) throws Exception {
    assertThat(thread.submit(() -> new byte[SIZE]).get()).hasSize(SIZE);
  }
}
