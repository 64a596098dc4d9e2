package io.jdbcmq.bench;

import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.JobRunner;
import io.jdbcmq.job.JobRequest;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** How the cost of a job grows with its payload. */
final class PayloadSizes implements Scenario {
  private static final int AT_ONCE = 200;
  private static final int LIST = 1_000;
  private static final int LIST_BYTES = 4 << 20;
  private static final int TOTAL_BYTES = 200 << 20;

  @Override
  public String name() {
    return "payload-sizes";
  }

  @Override
  public String about() {
    return "payloads of 100 bytes to 1 MB: lists, and running them";
  }

  @Override
  public void run(Stage stage) throws Exception {
    measure(stage, "warm-up, 100 bytes", 100, stage.size(20_000, 2_000));
    for (int size : new int[] {100, 1_000, 10_000, 100_000, 1_000_000}) {
      int most = stage.size(50_000, 2_000);
      int jobs = Math.min(most, stage.size(TOTAL_BYTES, TOTAL_BYTES / 20) / size);
      measure(stage, "%,d bytes".formatted(size), size, jobs);
    }
  }

  private void measure(Stage stage, String what, int size, int jobs) throws Exception {
    // Letters and digits by chance, of which PostgreSQL can compress nothing worth mentioning.
    byte[] bytes = new byte[(size - 2) / 2];
    new Random(size).nextBytes(bytes);
    JobRequest request =
        JobRequest.of(Jdbcmq.JOB).json('"' + HexFormat.of().formatHex(bytes) + '"');
    try (Jdbcmq queue = stage.jdbcmq()) {
      Usage sending = stage.meter().measure(jobs, () -> send(queue.queue(), request, size, jobs));
      queue.vacuum();
      CountDownLatch left = new CountDownLatch(jobs);
      Usage running = stage.meter().measure(jobs, () -> work(queue.queue(), left));
      stage.report().add(this, queue.name(), "send, " + what, sending);
      stage.report().add(this, queue.name(), "run, " + what, running);
    }
  }

  private static void send(JobQueue queue, JobRequest request, int size, int jobs) {
    int list = Math.max(1, Math.min(LIST, LIST_BYTES / size));
    for (int from = 0; from < jobs; from += list) {
      List<JobRequest> requests =
          IntStream.range(from, Math.min(jobs, from + list)).mapToObj(n -> request).toList();
      queue.send(requests);
    }
  }

  private static void work(JobQueue queue, CountDownLatch left) throws Exception {
    JobRegistry registry =
        JobRegistry.builder().handle(Jdbcmq.JOB, job -> left.countDown()).build();
    JobRunner runner = queue.runner(registry).concurrency(AT_ONCE / 2, AT_ONCE).start();
    try {
      if (!left.await(10, TimeUnit.MINUTES)) {
        throw new IllegalStateException(left.getCount() + " jobs were not run within 10 minutes");
      }
    } finally {
      Jdbcmq.stop(runner);
    }
  }
}
