package io.jdbcmq.examples.fingerprint;

import io.jdbcmq.embedded.DatabaseServer;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The runner processes of the demo. */
final class Crew implements AutoCloseable {
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(20);

  private final DatabaseServer server;
  private final Path logFolder;
  private final int concurrency;
  private final List<RunnerProcess> alive = new ArrayList<>(); // guarded by this
  private int started; // guarded by this

  /**
   * A crew of nobody yet.
   *
   * @param concurrency jobs that each runner runs at once
   */
  Crew(DatabaseServer server, Path logFolder, int concurrency) {
    this.server = server;
    this.logFolder = logFolder;
    this.concurrency = concurrency;
  }

  /** Starts one more, without waiting until it is ready. */
  synchronized RunnerProcess startOne() throws IOException {
    started++;
    RunnerProcess runner = RunnerProcess.start("runner-" + started, concurrency, server, logFolder);
    alive.add(runner);
    return runner;
  }

  /** Kills one while it is at work. */
  RunnerProcess killOne(Connection connection) throws SQLException {
    RunnerProcess victim;
    synchronized (this) {
      victim = alive.remove(0);
    }
    victim.kill();
    DemoTables.markKilled(connection, victim.name());
    return victim;
  }

  /**
   * Checks that they all run.
   *
   * @throws DemoFailedException if one has ended by itself
   */
  synchronized void check() {
    for (RunnerProcess runner : alive) {
      if (!runner.isAlive()) {
        throw new DemoFailedException(
            "%s ended by itself; its last lines:%n%s".formatted(runner.name(), runner.logTail()));
      }
    }
  }

  /** The last lines of each log, to find out what is wrong. */
  synchronized String logTails() {
    StringBuilder tails = new StringBuilder();
    for (RunnerProcess runner : alive) {
      tails.append("%s:%n%s%n".formatted(runner.name(), runner.logTail()));
    }
    return tails.toString();
  }

  /** Lets them all finish what they are doing, and waits until they have ended. */
  void stop() throws IOException {
    List<RunnerProcess> runners;
    synchronized (this) {
      runners = List.copyOf(alive);
      alive.clear();
    }
    for (RunnerProcess runner : runners) {
      runner.askToStop();
    }
    long deadline = System.nanoTime() + STOP_TIMEOUT.toNanos();
    for (RunnerProcess runner : runners) {
      Duration left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
      if (!runner.awaitEnd(left)) {
        System.err.println("demo: " + runner.name() + " did not stop in time and was killed");
        runner.kill();
      }
    }
  }

  /** Kills those that still run: the demo has failed, or was told to end. */
  @Override
  public synchronized void close() {
    alive.forEach(RunnerProcess::kill);
    alive.clear();
  }
}
