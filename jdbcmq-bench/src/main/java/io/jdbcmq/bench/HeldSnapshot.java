package io.jdbcmq.bench;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;

/** Whether a queue keeps its pace while a snapshot is held elsewhere, by a report or a backup. */
final class HeldSnapshot implements Scenario {
  private static final int SENDERS = 2;
  private static final int LIST = 100;
  private static final int AT_ONCE = 200;
  private static final int MOST_WAITING = 10_000;
  private static final int EDGE_SECONDS = 10;

  @Override
  public String name() {
    return "held-snapshot";
  }

  @Override
  public String about() {
    return "2 senders and a runner at full speed, while a snapshot is held elsewhere and without";
  }

  @Override
  public void run(Stage stage) throws Exception {
    measure(stage, false);
    measure(stage, true);
  }

  @SuppressWarnings("try") // snapshot and crew are there until they are closed
  private void measure(Stage stage, boolean held) throws Exception {
    String snapshot = held ? "snapshot held" : "no snapshot";
    int seconds = stage.size(120, 30);
    try (Subject subject = stage.subject()) {
      Flow flow = new Flow();
      try (Subject.Crew crew =
          subject.start(Subject.Terms.usual(AT_ONCE), message -> flow.done())) {
        flow.start(subject);
        TimeUnit.SECONDS.sleep(stage.size(15, 5)); // until the code is compiled
        try (Connection elsewhere = stage.direct().getConnection()) {
          if (held) {
            takeSnapshot(elsewhere);
          }
          follow(stage, subject, flow, snapshot, seconds);
        }
        flow.end();
      }
    }
  }

  private void follow(Stage stage, Subject subject, Flow flow, String snapshot, int seconds)
      throws Exception {
    List<Usage> edges = new ArrayList<>();
    int slices = seconds / EDGE_SECONDS;
    for (int slice = 0; slice < slices; slice++) {
      long before = flow.count();
      Usage usage = stage.meter().measure(1, () -> TimeUnit.SECONDS.sleep(EDGE_SECONDS));
      edges.add(usage.of(flow.count() - before));
      String what = "%s, second %d to %d";
      stage
          .report()
          .add(
              this,
              subject.name(),
              what.formatted(snapshot, slice * EDGE_SECONDS, (slice + 1) * EDGE_SECONDS),
              edges.get(slice));
    }
    double ratio = edges.get(slices - 1).jobsPerSecond() / edges.get(0).jobsPerSecond();
    stage.report().remark(this, subject.name(), snapshot + ", last to first", ratio);
    double cost = edges.get(slices - 1).serverMicrosPerJob() / edges.get(0).serverMicrosPerJob();
    stage.report().remark(this, subject.name(), snapshot + ", server CPU, last to first", cost);
  }

  private static void takeSnapshot(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select txid_current_snapshot()")) {
      rows.next();
    }
  }

  /** Senders that keep a bounded number of jobs waiting. */
  private static final class Flow {
    private final Semaphore room = new Semaphore(MOST_WAITING);
    private final LongAdder done = new LongAdder();
    private final AtomicBoolean over = new AtomicBoolean();
    private final List<Thread> threads = new ArrayList<>();

    void start(Subject subject) {
      for (int i = 0; i < SENDERS; i++) {
        Thread thread = new Thread(() -> send(subject), "sender-" + i);
        thread.start();
        threads.add(thread);
      }
    }

    void done() {
      done.increment();
      room.release();
    }

    long count() {
      return done.sum();
    }

    /** Returns when all that was sent has been run. */
    void end() throws InterruptedException {
      over.set(true);
      for (Thread thread : threads) {
        thread.join();
      }
      if (!room.tryAcquire(MOST_WAITING, 1, TimeUnit.MINUTES)) {
        throw new IllegalStateException("the jobs that were left did not run within a minute");
      }
    }

    private void send(Subject subject) {
      for (int number = 0; !over.get(); number = (number + LIST) % 100_000_000) {
        room.acquireUninterruptibly(LIST);
        subject.send(Payloads.messages(number, LIST, 10));
      }
    }
  }
}
