package io.jdbcmq.bench;

import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/** One job at a time to workers that have nothing else to do. */
final class IdleLatency implements Scenario {
  @Override
  public String name() {
    return "latency";
  }

  @Override
  public String about() {
    return "from just before the send to the handler's start, idle workers";
  }

  @Override
  @SuppressWarnings("try") // the crew works in the background until it is closed
  public void run(Stage stage) throws Exception {
    int jobs = stage.size(200, 50);
    SynchronousQueue<Long> starts = new SynchronousQueue<>();
    Histogram micros = new Histogram(3);
    try (Subject subject = stage.subject();
        Subject.Crew crew = subject.start(Subject.Terms.usual(20), message -> hand(starts))) {
      Usage usage =
          stage
              .meter()
              .measure(
                  jobs,
                  () -> {
                    for (int i = 0; i < jobs; i++) {
                      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100 + i % 100));
                      micros.recordValue(latency(subject, i, starts));
                    }
                  });
      stage.report().add(this, subject.name(), "one job at a time", usage, micros);
    }
  }

  private static long latency(Subject subject, int number, SynchronousQueue<Long> starts)
      throws InterruptedException {
    long sent = System.nanoTime();
    subject.send(Payloads.messages(number, 1, 1));
    Long started = starts.poll(10, TimeUnit.SECONDS);
    if (started == null) {
      throw new IllegalStateException("a job was not started within 10 seconds");
    }
    return TimeUnit.NANOSECONDS.toMicros(started - sent);
  }

  /** Waits for whoever sent the job: it may be started before the send has returned. */
  private static void hand(SynchronousQueue<Long> starts) {
    try {
      starts.put(System.nanoTime());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
