package io.jdbcmq.examples.fingerprint;

import io.jdbcmq.embedded.DatabaseServer;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.postgresql.ds.PGSimpleDataSource;

/** A process that runs jobs: started, stopped and killed from here. */
final class RunnerProcess {
  private static final int LOG_TAIL_LINES = 20;

  private final String name;
  private final Process process;
  private final Path log;

  private RunnerProcess(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
  }

  /** Starts one, with the Java and the class path of this process. */
  static RunnerProcess start(String name, int concurrency, DatabaseServer server, Path logFolder)
      throws IOException {
    Path log = logFolder.resolve(name + ".log");
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-Xmx256m",
            "-Dlog.level=INFO",
            "-cp",
            System.getProperty("java.class.path"),
            RunnerMain.class.getName(),
            name,
            Integer.toString(concurrency));
    nameServer(builder.environment(), server);
    builder.redirectErrorStream(true).redirectOutput(log.toFile());
    return new RunnerProcess(name, builder.start(), log);
  }

  private static void nameServer(Map<String, String> environment, DatabaseServer server) {
    PGSimpleDataSource source = server.dataSource();
    environment.put("JDBCMQ_URL", server.jdbcUrl());
    environment.put("JDBCMQ_USER", source.getUser() == null ? "" : source.getUser());
    environment.put("JDBCMQ_PASSWORD", source.getPassword() == null ? "" : source.getPassword());
  }

  String name() {
    return name;
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Ends it at once (SIGKILL), as when its machine is lost; returns when it is gone. */
  void kill() {
    process.destroyForcibly();
    process.onExit().join();
  }

  /** Asks it to finish what it is doing and end. */
  void askToStop() throws IOException {
    process.getOutputStream().close();
  }

  /** Waits for its end; returns whether it came. */
  boolean awaitEnd(Duration atMost) {
    try {
      return process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** The last lines that it wrote. */
  String logTail() {
    try {
      // As the process writes it; what does not fit is replaced.
      List<String> lines =
          new String(Files.readAllBytes(log), Charset.defaultCharset()).lines().toList();
      return String.join(
          System.lineSeparator(),
          lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size()));
    } catch (IOException e) {
      return "(its log cannot be read: " + e.getMessage() + ")";
    }
  }
}
