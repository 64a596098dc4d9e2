package io.jdbcmq.bench;

import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.JobRunner;
import io.jdbcmq.job.Checkpoint;
import io.jdbcmq.job.JobRequest;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Handlers that save their progress again and again. */
final class Checkpoints implements Scenario {
  @Override
  public String name() {
    return "checkpoint";
  }

  @Override
  public String about() {
    return "handlers save their progress, each time in a transaction of its own";
  }

  @Override
  public void run(Stage stage) throws Exception {
    int each = stage.size(2_000, 200);
    try (Jdbcmq queue = stage.jdbcmq()) {
      measure(stage, queue, "1 handler, warm-up", 1, each / 2);
      measure(stage, queue, "1 handler", 1, each);
      measure(stage, queue, "8 handlers", 8, each);
    }
  }

  private void measure(Stage stage, Jdbcmq queue, String what, int handlers, int each)
      throws Exception {
    CountDownLatch saving = new CountDownLatch(handlers);
    JobRegistry registry =
        JobRegistry.builder()
            .handle(
                "save",
                job -> {
                  for (int i = 0; i < each; i++) {
                    job.checkpoint(Checkpoint.json(Payloads.of(i)));
                  }
                  saving.countDown();
                })
            .build();
    JobQueue sender = queue.queue();
    JobRunner runner = sender.runner(registry).concurrency(handlers, handlers).start();
    try {
      Usage usage =
          stage
              .meter()
              .measure(
                  (long) handlers * each,
                  () -> {
                    for (int i = 0; i < handlers; i++) {
                      sender.send(JobRequest.of("save").json(Payloads.of(0)));
                    }
                    if (!saving.await(5, TimeUnit.MINUTES)) {
                      throw new IllegalStateException("handlers were not done in 5 minutes");
                    }
                  });
      stage.report().add(this, queue.name(), what, usage);
    } finally {
      Jdbcmq.stop(runner);
    }
  }
}
