package io.jdbcmq.bench;

import com.zaxxer.hikari.HikariDataSource;
import io.jdbcmq.bench.Subject.Message;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.AtomicHistogram;
import org.HdrHistogram.Histogram;

/** How long a job waits at a steady rate, while a runner has room for it. */
final class Waits implements Scenario {
  private static final int AT_ONCE = 200;

  @Override
  public String name() {
    return "wait";
  }

  @Override
  public String about() {
    return "steady rates: from before the send, or before a late commit, to the handler's start";
  }

  /**
   * How jobs are sent.
   *
   * @param rate jobs per second, of all threads
   * @param lateMillis how long a transaction stays open after its send
   * @param notifies whether runners are notified
   */
  private record Flow(String what, int rate, int threads, int lateMillis, boolean notifies) {}

  @Override
  public void run(Stage stage) throws Exception {
    measure(stage, new Flow("warm-up", 1_000, 4, 0, true));
    measure(stage, new Flow("50/s", 50, 4, 0, true));
    measure(stage, new Flow("500/s", 500, 4, 0, true));
    measure(stage, new Flow("5,000/s", 5_000, 4, 0, true));
    measure(stage, new Flow("50/s, open for 200 ms", 50, 16, 200, true));
    measure(stage, new Flow("50/s, no notifications", 50, 4, 0, false));
    measure(stage, new Flow("50/s, none, open for 200 ms", 50, 16, 200, false));
    measure(stage, new Flow("1/s, no notifications", 1, 1, 0, false));
  }

  private void measure(Stage stage, Flow flow) throws Exception {
    int jobs = flow.rate() * stage.size(15, 5);
    AtomicLongArray sentAt = new AtomicLongArray(jobs);
    Histogram micros = new AtomicHistogram(TimeUnit.HOURS.toMicros(1), 3);
    Semaphore started = new Semaphore(0);
    Subject.Terms terms = Subject.Terms.usual(AT_ONCE);
    try (Subject subject = stage.subject();
        HikariDataSource pool =
            stage.database().pool(flow.threads(), flow.notifies() ? "" : "-c jdbcmq.notify=off")) {
      Subject.Crew crew =
          subject.start(
              flow.notifies() ? terms : terms.withoutListening(),
              message -> {
                long sent = sentAt.get(Payloads.number(message.text()));
                micros.recordValue((System.nanoTime() - sent) / 1_000);
                started.release();
              });
      try {
        Usage usage =
            stage
                .meter()
                .measure(
                    jobs,
                    () -> {
                      send(subject, pool, flow, jobs, sentAt);
                      if (!started.tryAcquire(jobs, 1, TimeUnit.MINUTES)) {
                        throw new IllegalStateException("jobs were not started in a minute");
                      }
                    });
        stage.report().add(this, subject.name(), flow.what(), usage, micros);
      } finally {
        crew.close();
      }
    }
  }

  private static void send(
      Subject subject, HikariDataSource pool, Flow flow, int jobs, AtomicLongArray sentAt)
      throws Exception {
    long start = System.nanoTime();
    Clients.run(
        flow.threads(),
        thread -> {
          try (Connection connection = pool.getConnection()) {
            connection.setAutoCommit(false);
            for (int number = thread; number < jobs; ) {
              number = sendDue(subject, connection, flow, start, number, jobs, sentAt);
            }
          }
        });
  }

  /**
   * Waits until a job is due, and sends it with all others of its thread that are due by then in
   * one transaction. Returns the next job of the thread.
   */
  private static int sendDue(
      Subject subject,
      Connection connection,
      Flow flow,
      long start,
      int first,
      int jobs,
      AtomicLongArray sentAt)
      throws Exception {
    sleepUntil(start + TimeUnit.SECONDS.toNanos(first) / flow.rate());
    List<Message> due = new ArrayList<>();
    long now = System.nanoTime();
    int number = first;
    do {
      due.addAll(Payloads.messages(number, 1, 10));
      sentAt.set(number, now);
      number += flow.threads();
    } while (number < jobs && start + TimeUnit.SECONDS.toNanos(number) / flow.rate() <= now);
    subject.send(connection, due);
    if (flow.lateMillis() > 0) {
      TimeUnit.MILLISECONDS.sleep(flow.lateMillis());
      long committing = System.nanoTime();
      for (int sent = first; sent < number; sent += flow.threads()) {
        sentAt.set(sent, committing);
      }
    }
    connection.commit();
    return number;
  }

  private static void sleepUntil(long nanoTime) {
    for (long left; (left = nanoTime - System.nanoTime()) > 0; ) {
      LockSupport.parkNanos(left);
    }
  }
}
