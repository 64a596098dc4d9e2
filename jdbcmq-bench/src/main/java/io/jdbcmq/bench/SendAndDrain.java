package io.jdbcmq.bench;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Lists of jobs that do nothing are sent, and then run. */
final class SendAndDrain implements Scenario {
  private static final int LIST = 1_000;
  private static final int AT_ONCE = 200;

  @Override
  public String name() {
    return "drain";
  }

  @Override
  public String about() {
    return "lists of 1,000 jobs are sent, then run, up to 200 at once";
  }

  @Override
  public void run(Stage stage) throws Exception {
    int jobs = stage.size(50_000, 10_000);
    int rounds = stage.size(5, 2);
    try (Subject subject = stage.subject()) {
      for (int round = 0; round <= rounds; round++) {
        String note = round == 0 ? ", warm-up" : ", round " + round;
        Usage sending = stage.meter().measure(jobs, () -> send(subject, jobs));
        stage.report().add(this, subject.name(), "send" + note, sending);
        Usage running = stage.meter().measure(jobs, () -> drain(subject, jobs));
        stage.report().add(this, subject.name(), "run" + note, running);
        subject.vacuum();
      }
    }
  }

  private static void send(Subject subject, int jobs) {
    for (int from = 0; from < jobs; from += LIST) {
      subject.send(Payloads.messages(from, Math.min(LIST, jobs - from), 1));
    }
  }

  @SuppressWarnings("try") // the crew works in the background until it is closed
  private static void drain(Subject subject, int jobs) throws InterruptedException {
    CountDownLatch left = new CountDownLatch(jobs);
    try (Subject.Crew crew =
        subject.start(Subject.Terms.usual(AT_ONCE), message -> left.countDown())) {
      if (!left.await(5, TimeUnit.MINUTES)) {
        throw new IllegalStateException(left.getCount() + " jobs were not run in 5 minutes");
      }
    }
  }
}
