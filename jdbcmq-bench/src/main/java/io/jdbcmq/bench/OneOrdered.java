package io.jdbcmq.bench;

import io.jdbcmq.JobRegistry;
import io.jdbcmq.JobRunner;
import java.sql.SQLException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** One ordered channel with a long backlog: whether a job costs the same at both ends of it. */
final class OneOrdered implements Scenario {
  private static final int LIST = 10_000;
  private static final int PART = 1_000;

  @Override
  public String name() {
    return "ordered-1";
  }

  @Override
  public String about() {
    return "one ordered channel with 100,000 jobs: the first and the last 1,000";
  }

  @Override
  public void run(Stage stage) throws Exception {
    int jobs = stage.size(100_000, 5_000);
    try (Jdbcmq queue = stage.jdbcmq()) {
      Usage sending = stage.meter().measure(jobs, () -> send(queue, jobs));
      stage.report().add(this, queue.name(), "send", sending);
      queue.vacuum();
      AtomicInteger next = new AtomicInteger();
      work(stage, queue, next, "run, warm-up");
      work(stage, queue, next, "run, first 1,000 after it");
      skip(stage, queue, jobs - PART - next.get());
      next.set(jobs - PART);
      work(stage, queue, next, "run, last 1,000");
    }
  }

  private static void send(Jdbcmq queue, int jobs) {
    for (int from = 0; from < jobs; from += LIST) {
      IntStream numbers = IntStream.range(from, Math.min(jobs, from + LIST));
      queue.queue().send(numbers.mapToObj(number -> ManyOrdered.request(number, 1)).toList());
    }
  }

  /** Runs at least the next part of the jobs; the runner may have started one more by its end. */
  private void work(Stage stage, Jdbcmq queue, AtomicInteger next, String what) throws Exception {
    CountDownLatch left = new CountDownLatch(PART);
    JobRegistry registry =
        JobRegistry.builder()
            .handle(
                Jdbcmq.JOB,
                job -> {
                  int number = Payloads.number(job.json().orElseThrow());
                  if (!next.compareAndSet(number, number + 1)) {
                    throw new IllegalStateException("job " + number + " came out of turn");
                  }
                  left.countDown();
                })
            .build();
    JobRunner runner = queue.queue().runner(registry).start();
    try {
      Usage usage = stage.meter().measure(PART, () -> await(left));
      stage.report().add(this, queue.name(), what, usage);
    } finally {
      Jdbcmq.stop(runner);
    }
  }

  private static void await(CountDownLatch left) throws InterruptedException {
    if (!left.await(5, TimeUnit.MINUTES)) {
      throw new IllegalStateException(
          left.getCount() + " jobs were not run in 5 minutes, or were out of order");
    }
  }

  /** Gets so many jobs out of the way: claimed and completed one after the other, as ever. */
  private static void skip(Stage stage, Jdbcmq queue, int jobs) throws SQLException {
    try (SqlRunner runner = new SqlRunner(stage, queue)) {
      runner.hurry(true);
      for (int done = 0; done < jobs; ) {
        SqlRunner.Claimed claimed = runner.claim(1);
        if (!claimed.ids().isEmpty()) {
          runner.complete(claimed);
          done++;
        }
      }
    }
  }
}
