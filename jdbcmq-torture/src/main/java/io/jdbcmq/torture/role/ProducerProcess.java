package io.jdbcmq.torture.role;

import io.jdbcmq.JobQueue;
import io.jdbcmq.torture.history.Journal;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A process of producers; ends when its input does. */
public final class ProducerProcess {
  private static final int THREADS = 4;

  private ProducerProcess() {}

  /** Arguments: see {@link Settings}; then the seed, and the mean pause in milliseconds. */
  public static void main(String[] args) throws Exception {
    Settings settings = Settings.of(args);
    long seed = Long.parseLong(args[Settings.COUNT]);
    int pause = Integer.parseInt(args[Settings.COUNT + 1]);
    List<Thread> threads = new ArrayList<>();
    try (Journal journal = Journal.open(settings.folder(), settings.name());
        ClosingPool pool = settings.pool(THREADS + 1)) {
      JobQueue alone = JobQueue.builder(pool).schema(settings.schema()).build();
      JobQueue gathering = JobQueue.builder(pool).schema(settings.schema()).gatherSends(1).build();
      Brake brake = new Brake(pool, settings.schema());
      brake.start();
      for (int i = 0; i < THREADS; i++) {
        String name = settings.name() + "." + i;
        Producer producer =
            new Producer(pool, i % 2 == 0 ? alone : gathering, journal, name, seed * THREADS + i);
        Random pauses = new Random(seed + i);
        Thread thread = new Thread(() -> produce(producer, brake, pauses, pause), name);
        thread.setDaemon(true);
        thread.start();
        threads.add(thread);
      }
      settings.awaitEndOfInput();
      threads.forEach(Thread::interrupt);
      for (Thread thread : threads) {
        thread.join(20_000);
      }
    }
  }

  private static void produce(Producer producer, Brake brake, Random pauses, int pause) {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        if (!brake.isOn()) {
          producer.act();
        }
        Thread.sleep(pauses.nextInt(2 * pause + 1));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // told to end
    }
  }
}
