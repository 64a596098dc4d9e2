package io.jdbcmq.bench;

import io.jdbcmq.JobQueue;
import io.jdbcmq.job.JobRequest;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** What unique keys cost a sender. */
final class UniqueKeys implements Scenario {
  private static final int LIST = 1_000;

  @Override
  public String name() {
    return "unique";
  }

  @Override
  public String about() {
    return "sends with unique keys: single jobs from 1 and 8 connections, and lists of 1,000";
  }

  @Override
  public void run(Stage stage) throws Exception {
    for (int threads : new int[] {1, 8}) {
      singles(stage, threads, stage.size(4_000, 400) * (threads == 1 ? 1 : 3));
    }
    lists(stage, stage.size(50_000, 5_000));
  }

  private void singles(Stage stage, int threads, int jobs) throws Exception {
    String from = "%d connection%s, ".formatted(threads, threads == 1 ? "" : "s");
    try (Jdbcmq queue = stage.jdbcmq()) {
      JobQueue sender = queue.queue();
      singles(stage, sender, from + "warm-up", threads, jobs / 4, UniqueKeys::plain);
      singles(stage, sender, from + "without key", threads, jobs, UniqueKeys::plain);
      singles(stage, sender, from + "fresh key", threads, jobs, UniqueKeys::unique);
      singles(stage, sender, from + "duplicate", threads, jobs, UniqueKeys::unique);
      singles(stage, sender, from + "one key, taken", threads, jobs, number -> unique(0));
    }
  }

  private void singles(
      Stage stage,
      JobQueue sender,
      String what,
      int threads,
      int jobs,
      IntFunction<JobRequest> request)
      throws Exception {
    Usage usage =
        stage
            .meter()
            .measure(
                jobs,
                () ->
                    Clients.run(
                        threads,
                        thread -> {
                          for (int number = thread; number < jobs; number += threads) {
                            sender.send(request.apply(number));
                          }
                        }));
    stage.report().add(this, "jdbcmq", what, usage);
  }

  private void lists(Stage stage, int jobs) throws Exception {
    try (Jdbcmq queue = stage.jdbcmq()) {
      lists(stage, queue, "lists, warm-up", jobs / 5, UniqueKeys::plain);
      lists(stage, queue, "lists, without key", jobs, UniqueKeys::plain);
      lists(stage, queue, "lists, fresh keys", jobs, UniqueKeys::unique);
      lists(stage, queue, "lists, duplicates", jobs, UniqueKeys::unique);
    }
  }

  private void lists(
      Stage stage, Jdbcmq queue, String what, int jobs, IntFunction<JobRequest> request)
      throws Exception {
    JobQueue sender = queue.queue();
    Usage usage =
        stage
            .meter()
            .measure(
                jobs,
                () -> {
                  for (int from = 0; from < jobs; from += LIST) {
                    sender.send(IntStream.range(from, from + LIST).mapToObj(request).toList());
                  }
                });
    stage.report().add(this, queue.name(), what, usage);
  }

  private static JobRequest plain(int number) {
    return Jdbcmq.request(new Subject.Message("", Payloads.of(number)));
  }

  private static JobRequest unique(int number) {
    return plain(number).uniqueKey("order-" + number);
  }
}
