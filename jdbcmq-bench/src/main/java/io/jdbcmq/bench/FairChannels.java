package io.jdbcmq.bench;

import java.sql.SQLException;
import org.HdrHistogram.Histogram;

/** Whether the cost of a claim depends on the number of channels, or on the backlog. */
final class FairChannels implements Scenario {
  private static final int WANT = 100;
  private static final int LIST = 10_000;

  @Override
  public String name() {
    return "fair-channels";
  }

  @Override
  public String about() {
    return "a claim of 100 jobs, per claim, with a backlog that stays as it is";
  }

  @Override
  public void run(Stage stage) throws SQLException {
    int many = stage.size(1_000_000, 50_000);
    measure(stage, 1, 1_000, 20_000, many);
    measure(stage, 1_000, 1_000, 20_000);
    measure(stage, stage.size(100_000, 10_000), stage.size(100_000, 10_000), many);
  }

  private void measure(Stage stage, int channels, int... backlogs) throws SQLException {
    int claims = stage.size(200, 50);
    try (Jdbcmq queue = stage.jdbcmq();
        SqlRunner runner = new SqlRunner(stage, queue)) {
      int sent = 0;
      for (int backlog : backlogs) {
        for (; sent < backlog; sent += LIST) {
          queue.send(Payloads.messages(sent, Math.min(LIST, backlog - sent), channels));
        }
        sent = backlog;
        queue.vacuum();
        claims(queue, runner, channels, backlog, 20); // until the plans are made
        Histogram micros = claims(queue, runner, channels, backlog, claims);
        String what = "%,d channels, %,d ready".formatted(channels, backlog);
        stage.report().add(this, queue.name(), what, runner.claims(), micros);
      }
    }
  }

  private static Histogram claims(
      Jdbcmq queue, SqlRunner runner, int channels, int number, int claims) throws SQLException {
    Histogram micros = new Histogram(3);
    runner.reset();
    long before = 0;
    for (int i = 0; i < claims; i++) {
      SqlRunner.Claimed jobs = runner.claim(WANT);
      if (jobs.ids().size() != WANT) {
        throw new IllegalStateException("a claim brought " + jobs.ids().size() + " jobs");
      }
      long nanos = runner.claims().nanos();
      micros.recordValue((nanos - before) / 1_000);
      before = nanos;
      runner.complete(jobs);
      queue.send(Payloads.messages(number + i * WANT, WANT, channels));
    }
    return micros;
  }
}
