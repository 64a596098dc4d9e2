package io.jdbcmq.bench;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.JobRunner;
import io.jdbcmq.embedded.EmbeddedPostgres;
import io.jdbcmq.job.JobRequest;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.postgresql.ds.PGSimpleDataSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures what a job costs: rates, CPU time of client and server, write-ahead log, latency. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = "Measures jdbcmq on an embedded PostgreSQL with durable settings.")
public final class Bench implements Callable<Integer> {
  private static final String PAYLOAD =
      "{\"order\":12345,\"customer\":\"0190a5a0-7c1e-7c1e-8c1e-7c1e7c1e7c1e\",\"note\":\""
          + "x".repeat(33)
          + "\"}";

  @Option(names = "--jobs", description = "jobs to send and drain (${DEFAULT-VALUE})")
  private int jobs = 50_000;

  @Option(names = "--rounds", description = "measured rounds of send and drain (${DEFAULT-VALUE})")
  private int rounds = 5;

  @Option(
      names = "--warm-up",
      description = "rounds before, for the compiler of the JVM (${DEFAULT-VALUE})")
  private int warmUp = 1;

  @Option(names = "--latency-jobs", description = "jobs to an idle runner (${DEFAULT-VALUE})")
  private int latencyJobs = 200;

  @Option(names = "--concurrency", description = "handlers at once (${DEFAULT-VALUE})")
  private int concurrency = 200;

  /** Runs the command. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Bench()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    try (EmbeddedPostgres server =
            EmbeddedPostgres.builder().setting("max_wal_size", "4GB").start();
        HikariDataSource pool = pool(server)) {
      PGSimpleDataSource direct = new PGSimpleDataSource();
      direct.setUrl(server.jdbcUrl());
      JobQueue queue = JobQueue.builder(pool).direct(direct).build();
      queue.migrate();
      Meter meter = new Meter(direct, postmaster(server));
      System.out.printf(
          "PostgreSQL %d, Java %s, payload of %d bytes%n%n",
          server.version(), Runtime.version().feature(), PAYLOAD.length());
      System.out.printf(
          "%-10s %8s %10s %12s %12s %12s %12s%n",
          "scenario", "jobs", "jobs/s", "client us", "server us", "sum us", "WAL bytes");
      for (int round = -warmUp; round < rounds; round++) {
        String note = round < 0 ? "  warm-up" : "";
        print("send-list", meter.measure(jobs, () -> send(queue)), note);
        print("drain", drain(queue, meter), note);
        vacuum(direct);
      }
      latency(queue, JobQueue.create(pool));
    }
    return 0;
  }

  private void send(JobQueue queue) {
    List<JobRequest> list = new ArrayList<>(1000);
    for (int i = 0; i < jobs; i++) {
      list.add(JobRequest.of("no-op").channel("orders").json(PAYLOAD));
      if (list.size() == 1000 || i == jobs - 1) {
        queue.send(list);
        list.clear();
      }
    }
  }

  private Usage drain(JobQueue queue, Meter meter) throws Exception {
    CountDownLatch left = new CountDownLatch(jobs);
    JobRegistry registry = JobRegistry.builder().handle("no-op", job -> left.countDown()).build();
    return meter.measure(
        jobs,
        () -> {
          try (JobRunner runner =
              queue.runner(registry).concurrency(concurrency / 2, concurrency).start()) {
            if (!left.await(5, TimeUnit.MINUTES)) {
              throw new IllegalStateException(left.getCount() + " jobs were not run in 5 minutes");
            }
            runner.shutdown(Duration.ofSeconds(30));
          }
        });
  }

  /** Sends by another queue object: the runner is woken by NOTIFY, as from another process. */
  private void latency(JobQueue queue, JobQueue elsewhere) throws InterruptedException {
    SynchronousQueue<Long> starts = new SynchronousQueue<>();
    JobRegistry registry =
        JobRegistry.builder().handle("no-op", job -> starts.put(System.nanoTime())).build();
    Histogram histogram = new Histogram(3);
    try (JobRunner runner = queue.runner(registry).start()) {
      for (int i = 0; i < latencyJobs; i++) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100 + i % 100));
        long sent = System.nanoTime();
        elsewhere.send(JobRequest.of("no-op").channel("orders").json(PAYLOAD));
        Long started = starts.poll(10, TimeUnit.SECONDS);
        if (started == null) {
          throw new IllegalStateException("a job was not started within 10 seconds");
        }
        histogram.recordValue(TimeUnit.NANOSECONDS.toMicros(started - sent));
      }
      runner.shutdown(Duration.ofSeconds(30));
    }
    System.out.printf(
        "%nlatency from just before send to handler start, idle runner, ms: p50 %.1f, p95 %.1f, p99"
            + " %.1f, max %.1f%n",
        histogram.getValueAtPercentile(50) / 1e3,
        histogram.getValueAtPercentile(95) / 1e3,
        histogram.getValueAtPercentile(99) / 1e3,
        histogram.getMaxValue() / 1e3);
  }

  /**
   * As autovacuum does once a minute: else each round would walk over the dead rows of all before.
   */
  private static void vacuum(PGSimpleDataSource source) throws SQLException {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement()) {
      for (String table : List.of("mq_jobs", "mq_ready", "mq_claims")) {
        statement.execute("vacuum jdbcmq." + table);
      }
    }
  }

  private static void print(String scenario, Usage usage, String note) {
    System.out.printf(
        "%-10s %8d %10.0f %12.1f %12.1f %12.1f %12.0f%s%n",
        scenario,
        usage.jobs(),
        usage.jobsPerSecond(),
        usage.clientMicrosPerJob(),
        usage.serverMicrosPerJob(),
        usage.clientMicrosPerJob() + usage.serverMicrosPerJob(),
        usage.walBytesPerJob(),
        note);
  }

  private static HikariDataSource pool(EmbeddedPostgres server) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(server.jdbcUrl());
    config.setMaximumPoolSize(10);
    return new HikariDataSource(config);
  }

  private static long postmaster(EmbeddedPostgres server) throws java.io.IOException {
    return Long.parseLong(
        Files.readAllLines(server.dataDirectory().resolve("postmaster.pid")).get(0).trim());
  }
}
