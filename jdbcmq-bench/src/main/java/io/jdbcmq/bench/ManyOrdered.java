package io.jdbcmq.bench;

import io.jdbcmq.JobRegistry;
import io.jdbcmq.JobRunner;
import io.jdbcmq.job.JobRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Many ordered channels with a backlog each. */
final class ManyOrdered implements Scenario {
  private static final int AT_ONCE = 200;

  @Override
  public String name() {
    return "ordered-many";
  }

  @Override
  public String about() {
    return "1,000 ordered channels with 100 jobs each; the handler checks the order";
  }

  @Override
  public void run(Stage stage) throws Exception {
    measure(stage, 1, false);
    measure(stage, 2, false);
    measure(stage, 1, true);
  }

  private void measure(Stage stage, int runners, boolean inTurn) throws Exception {
    int channels = stage.size(1_000, 200);
    int each = stage.size(100, 20);
    int jobs = channels * each;
    String sent = inTurn ? "lists for all channels" : "a list per channel";
    try (Jdbcmq queue = stage.jdbcmq()) {
      Usage sending = stage.meter().measure(jobs, () -> send(queue, channels, each, inTurn));
      queue.vacuum();
      OrderCheck check = new OrderCheck(channels, jobs);
      Usage running = stage.meter().measure(jobs, () -> work(queue, runners, check));
      stage.report().add(this, queue.name(), "send, " + sent, sending);
      String what = "run, %d runner%s, %s".formatted(runners, runners == 1 ? "" : "s", sent);
      stage.report().add(this, queue.name(), what, running);
    }
  }

  private static void send(Jdbcmq queue, int channels, int each, boolean inTurn) {
    int lists = inTurn ? each : channels;
    for (int i = 0; i < lists; i++) {
      int list = i;
      IntStream numbers =
          inTurn
              ? IntStream.range(list * channels, (list + 1) * channels)
              : IntStream.range(0, each).map(place -> place * channels + list);
      queue.queue().send(numbers.mapToObj(number -> request(number, channels)).toList());
    }
  }

  private static void work(Jdbcmq queue, int runners, OrderCheck check) throws Exception {
    JobRegistry registry = JobRegistry.builder().handle(Jdbcmq.JOB, check::handle).build();
    List<JobRunner> started = new ArrayList<>();
    try {
      for (int i = 0; i < runners; i++) {
        started.add(queue.queue().runner(registry).concurrency(AT_ONCE / 2, AT_ONCE).start());
      }
      check.await();
    } finally {
      started.forEach(Jdbcmq::stop);
    }
  }

  static JobRequest request(int number, int channels) {
    return JobRequest.of(Jdbcmq.JOB)
        .channel(Subject.Terms.USUAL_GROUP, "c" + number % channels)
        .json(Payloads.of(number))
        .ordered();
  }
}
