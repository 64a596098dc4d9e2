package io.jdbcmq.bench;

import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.JobRunner;
import io.jdbcmq.job.CurrentJob;
import io.jdbcmq.job.JobRequest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** What it costs a handler to write its effect and to complete its job in one transaction. */
final class Handlers implements Scenario {
  private static final String JOB = "effect";
  private static final int AT_ONCE = 8;

  @Override
  public String name() {
    return "handlers";
  }

  @Override
  public String about() {
    return "8 handlers that write nothing, or a row: apart from the completion, or in one"
        + " transaction with it, which is their own or that of the runner";
  }

  @Override
  public void run(Stage stage) throws Exception {
    int jobs = stage.size(10_000, 1_000);
    try (Jdbcmq queue = stage.jdbcmq()) {
      String table = queue.schema() + ".effects";
      stage.database().execute("create table " + table + " (job uuid not null)");
      String insert = "insert into " + table + " values (?)";
      Kind none = (builder, end) -> builder.handle(JOB, job -> end.accept(job));
      Kind apart =
          (builder, end) ->
              builder.handle(
                  JOB,
                  job -> {
                    try (Connection connection = stage.pool().getConnection()) {
                      write(connection, insert, job);
                    }
                    end.accept(job);
                  });
      Kind own =
          (builder, end) ->
              builder.handle(
                  JOB,
                  job -> {
                    try (Connection connection = stage.pool().getConnection()) {
                      connection.setAutoCommit(false);
                      write(connection, insert, job);
                      job.complete(connection);
                      connection.commit();
                    }
                    end.accept(job);
                  });
      Kind runners =
          (builder, end) ->
              builder.handleInTransaction(
                  JOB,
                  (job, connection) -> {
                    write(connection, insert, job);
                    end.accept(job);
                  });
      measure(stage, queue, "warm-up", jobs, runners);
      measure(stage, queue, "no effect", jobs, none);
      measure(stage, queue, "apart", jobs, apart);
      measure(stage, queue, "own transaction", jobs, own);
      measure(stage, queue, "runner's transaction", jobs, runners);
    }
  }

  private void measure(Stage stage, Jdbcmq queue, String what, int jobs, Kind kind)
      throws Exception {
    JobQueue sender = queue.queue();
    sender.send(
        IntStream.range(0, jobs)
            .mapToObj(number -> JobRequest.of(JOB).json(Payloads.of(number)))
            .toList());
    CountDownLatch running = new CountDownLatch(jobs);
    JobRegistry.Builder registry = JobRegistry.builder();
    kind.register(registry, job -> running.countDown());
    JobRunner.Builder builder = sender.runner(registry.build()).concurrency(AT_ONCE, AT_ONCE);
    Usage usage =
        stage
            .meter()
            .measure(
                jobs,
                () -> {
                  JobRunner runner = builder.start();
                  try {
                    if (!running.await(5, TimeUnit.MINUTES)) {
                      throw new IllegalStateException("handlers were not done in 5 minutes");
                    }
                  } finally {
                    Jdbcmq.stop(runner);
                  }
                });
    stage.report().add(this, queue.name(), what, usage);
  }

  private static void write(Connection connection, String insert, CurrentJob job)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(insert)) {
      statement.setObject(1, job.id());
      statement.executeUpdate();
    }
  }

  /** A way to handle jobs; tells of each that it has done. */
  private interface Kind {
    void register(JobRegistry.Builder builder, Consumer<CurrentJob> end);
  }
}
