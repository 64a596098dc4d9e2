package io.jdbcmq.testing;

import com.zaxxer.hikari.HikariDataSource;
import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.JobRunner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A runner in a process of its own with little memory, to be killed or paused. Its handlers write a
 * row into {@code effects} and complete in the same transaction.
 */
public final class RunnerProcess implements AutoCloseable {
  private final Process process;
  private final Path log;

  private RunnerProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /**
   * Starts a runner whose handlers end at once.
   *
   * @param lease of the runner
   */
  public static RunnerProcess start(TestSchema db, Duration lease) throws IOException {
    return startToHang(db, lease, Integer.MAX_VALUE);
  }

  /**
   * Starts a runner whose handlers hang in their open transactions, until {@link #release}.
   *
   * @param lease of the runner
   * @param after handlers that end at once before
   */
  public static RunnerProcess startToHang(TestSchema db, Duration lease, int after)
      throws IOException {
    Path log = Files.createTempFile("runner", ".log");
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx64m",
                    "-cp",
                    System.getProperty("java.class.path"),
                    RunnerProcess.class.getName(),
                    db.jdbcUrl(),
                    db.name(),
                    lease.toString(),
                    Integer.toString(after)))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    return new RunnerProcess(process, log);
  }

  /** Lets the handlers that hang end, also later ones. */
  public void release() throws IOException {
    process.getOutputStream().write('\n');
    process.getOutputStream().flush();
  }

  /** SIGKILL. */
  public void kill() {
    process.destroyForcibly().onExit().orTimeout(10, TimeUnit.SECONDS).join();
  }

  /** SIGSTOP: the process stands still, and its connections stay open. */
  public void pause() throws IOException, InterruptedException {
    signal("STOP");
  }

  /** SIGCONT. */
  public void resume() throws IOException, InterruptedException {
    signal("CONT");
  }

  /** What it has logged so far. */
  public String log() throws IOException {
    return Files.readString(log, StandardCharsets.UTF_8);
  }

  /** Process id. */
  public long pid() {
    return process.pid();
  }

  @Override
  public void close() throws IOException {
    kill();
    Files.deleteIfExists(log);
  }

  private void signal(String name) throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
    if (kill.waitFor() != 0) {
      throw new IOException("kill -" + name + " failed");
    }
  }

  /** The process itself: runs until its standard input ends. */
  public static void main(String[] args) throws Exception {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(args[0]);
    HikariDataSource pool = TestSchema.poolOf(source);
    JobQueue queue = JobQueue.builder(pool).direct(source).schema(args[1]).build();
    int hangAfter = Integer.parseInt(args[3]);
    AtomicInteger handled = new AtomicInteger();
    CountDownLatch released = new CountDownLatch(1);
    JobRegistry jobs =
        JobRegistry.builder()
            .handleInTransaction(
                "effect",
                (job, connection) -> {
                  try (PreparedStatement insert =
                      connection.prepareStatement(
                          "insert into " + args[1] + ".effects values (?, ?, ?)")) {
                    insert.setObject(1, job.id());
                    insert.setInt(2, job.attempt());
                    insert.setLong(3, ProcessHandle.current().pid());
                    insert.executeUpdate();
                  }
                  if (handled.incrementAndGet() > hangAfter) {
                    released.await();
                  }
                })
            .build();
    JobRunner runner = queue.runner(jobs).concurrency(5, 10).lease(Duration.parse(args[2])).start();
    while (System.in.read() >= 0) { // until the parent ends
      released.countDown();
    }
    runner.close();
    pool.close();
  }
}
