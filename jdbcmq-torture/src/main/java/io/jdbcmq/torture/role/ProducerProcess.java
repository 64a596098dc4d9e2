package io.jdbcmq.torture.role;

import io.jdbcmq.JobQueue;
import io.jdbcmq.torture.history.Journal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A process of producers; ends when its input does. */
public final class ProducerProcess {
  private static final Logger LOG = LoggerFactory.getLogger(ProducerProcess.class);
  private static final int THREADS = 4;

  /** Less than the harness has. */
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  private ProducerProcess() {}

  /** Arguments: see {@link Settings}; then the seed, and the mean pause in milliseconds. */
  public static void main(String[] args) throws Exception {
    Settings settings = Settings.of(args);
    long seed = Long.parseLong(args[Settings.COUNT]);
    int pause = Integer.parseInt(args[Settings.COUNT + 1]);
    try (ClosingPool pool = settings.pool(THREADS + 1)) {
      JobQueue.Builder builder = JobQueue.builder(pool).schema(settings.schema());
      List<JobQueue> queues = List.of(builder.build(), builder.gatherSends(1).build());
      run(queues, pool, settings, seed, pause);
    }
  }

  /** The history begins when the library was found to be there. */
  private static void run(
      List<JobQueue> queues, ClosingPool pool, Settings settings, long seed, int pause)
      throws Exception {
    List<Thread> threads = new ArrayList<>();
    try (Journal journal = Journal.open(settings.folder(), settings.name())) {
      Brake brake = new Brake(pool, settings.schema());
      brake.start();
      for (int i = 0; i < THREADS; i++) {
        String name = settings.name() + "." + i;
        JobQueue queue = queues.get(i % queues.size());
        Producer producer = new Producer(pool, queue, journal, name, seed * THREADS + i);
        Random pauses = new Random(seed + i);
        Thread thread = new Thread(() -> produce(producer, brake, pauses, pause), name);
        thread.setDaemon(true);
        thread.setUncaughtExceptionHandler(ProducerProcess::end);
        thread.start();
        threads.add(thread);
      }
      settings.awaitEndOfInput();
      threads.forEach(Thread::interrupt);
      long end = System.nanoTime() + PATIENCE.toNanos();
      for (Thread thread : threads) {
        thread.join(Math.max(1, (end - System.nanoTime()) / 1_000_000));
      }
    }
  }

  /** What the library must never throw ends the process, and with it the run of the harness. */
  private static void end(Thread thread, Throwable thrown) {
    LOG.error("{} has ended", thread.getName(), thrown);
    Runtime.getRuntime().halt(1);
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
