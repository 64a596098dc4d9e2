package io.jdbcmq.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Runs the same work in several threads at once. */
final class Clients {
  private Clients() {}

  /** Work of one of the threads, which are numbered from 0. */
  @FunctionalInterface
  interface Work {
    void run(int thread) throws Exception;
  }

  /** Returns when all have ended; throws if one has failed. */
  static void run(int threads, Work work) throws InterruptedException, ExecutionException {
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        int thread = i;
        running.add(
            executor.submit(
                () -> {
                  work.run(thread);
                  return thread;
                }));
      }
      for (Future<?> future : running) {
        future.get();
      }
    } finally {
      executor.shutdownNow();
    }
  }
}
