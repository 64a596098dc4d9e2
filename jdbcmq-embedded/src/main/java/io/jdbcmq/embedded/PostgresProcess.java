package io.jdbcmq.embedded;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.jdbcmq.embedded.EmbeddedPostgres.Mode;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.postgresql.ds.PGSimpleDataSource;

/** One run of the server, from its start to its end. */
final class PostgresProcess {
  private static final Duration POLL_INTERVAL = Duration.ofMillis(20);
  private static final Duration KILL_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(10);
  private static final int MAX_SOCKET_PATH = 90;

  private final Installation installation;
  private final DataDirectory data;
  private final int port;
  private final Process process;
  private final long logStart;

  private PostgresProcess(
      Installation installation, DataDirectory data, int port, Process process, long logStart) {
    this.installation = installation;
    this.data = data;
    this.port = port;
    this.process = process;
    this.logStart = logStart;
  }

  /** The port was taken when the server came to open it. */
  static final class PortTakenException extends Exception {
    private static final long serialVersionUID = 1L;

    PortTakenException(String message) {
      super(message);
    }
  }

  /**
   * Starts the server and waits until it answers.
   *
   * @throws PortTakenException if another port may help
   * @throws EmbeddedPostgresException if it ended by itself, or did not answer in time
   */
  static PostgresProcess start(
      Installation installation,
      DataDirectory data,
      int port,
      Map<String, String> settings,
      Duration timeout)
      throws IOException, PortTakenException {
    long logStart = data.logSize();
    var builder =
        new ProcessBuilder(
            installation.server(arguments(installation, data.path(), port, settings)));
    Commands.withPlainEnvironment(builder);
    builder.redirectErrorStream(true).redirectOutput(Redirect.appendTo(data.log().toFile()));
    var process = builder.start();
    process.getOutputStream().close();

    var started = new PostgresProcess(installation, data, port, process, logStart);
    try {
      started.awaitAnswer(timeout);
      return started;
    } catch (PortTakenException | IOException | RuntimeException e) {
      started.kill();
      throw e;
    }
  }

  private static List<String> arguments(
      Installation installation, Path data, int port, Map<String, String> settings) {
    var all = new ArrayList<>(List.of("-D", data.toString()));
    settings.forEach((name, value) -> all.addAll(List.of("-c", name + "=" + value)));
    boolean hasSocket =
        !installation.platform().isWindows() && data.toString().length() < MAX_SOCKET_PATH;
    all.addAll(
        List.of(
            "-c", "port=" + port,
            "-c", "listen_addresses=127.0.0.1",
            "-c", "unix_socket_directories=" + (hasSocket ? data : "")));
    return all;
  }

  private void awaitAnswer(Duration timeout) throws IOException, PortTakenException {
    long start = System.nanoTime();
    while (!answers()) {
      if (endsWithin(POLL_INTERVAL)) {
        throw ended();
      }
      if (System.nanoTime() - start > timeout.toNanos()) {
        throw failed("did not answer within " + timeout.toMillis() + " ms");
      }
    }
  }

  /** Asks only once the port is known to belong to this server, and not to somebody else. */
  private boolean answers() throws IOException {
    if (!data.isServerReady()) {
      return false;
    }
    var source = new PGSimpleDataSource();
    source.setUrl(EmbeddedPostgres.url(port, EmbeddedPostgres.USER));
    source.setConnectTimeout(2);
    source.setSocketTimeout(5);
    try (var connection = source.getConnection()) {
      return connection.isValid(5);
    } catch (SQLException e) {
      return false;
    }
  }

  private boolean endsWithin(Duration duration) {
    try {
      return process.waitFor(duration.toNanos(), NANOSECONDS);
    } catch (InterruptedException e) {
      throw EmbeddedPostgresException.interrupted("waiting for the server", e);
    }
  }

  private EmbeddedPostgresException ended() throws PortTakenException {
    var log = data.logTail(logStart);
    var failure = failed("ended with exit code " + process.exitValue());
    if (log.contains("could not bind") || log.contains("Address already in use")) {
      throw new PortTakenException(String.valueOf(failure.getMessage()));
    }
    return failure;
  }

  private EmbeddedPostgresException failed(String what) {
    return new EmbeddedPostgresException(
        "The server in "
            + data.path()
            + " on port "
            + port
            + " "
            + what
            + "; its last messages:\n"
            + data.logTail(logStart));
  }

  int port() {
    return port;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Ends the server with all its processes and lets none of them do another step. */
  void kill() throws IOException {
    freeze();
    var children = process.descendants().toList();
    children.forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    endsWithin(KILL_TIMEOUT);
    // A server that finds the shared memory of its predecessor in use does not start.
    Waiting.until(KILL_TIMEOUT, () -> children.stream().noneMatch(PostgresProcess::runs));
  }

  /** Stops the server from starting processes that would be missing in the list of its children. */
  private void freeze() throws IOException {
    if (process.isAlive() && !installation.platform().isWindows()) {
      Commands.run(COMMAND_TIMEOUT, List.of("sh", "-c", "kill -STOP " + process.pid()));
    }
  }

  /**
   * Dead processes that nobody collects look alive, but have no command. Where the system tells
   * their state, that decides: one that is ending may still hold its memory when it has no command
   * any more.
   */
  static boolean runs(ProcessHandle process) {
    if (!process.isAlive()) {
      return false;
    }
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
    } catch (IOException e) { // it has just ended, or there is no such file here
      return process.info().command().isPresent();
    }
  }

  /** Asks the server to end, and waits until it has; kills it when it does not. */
  void stop(Mode mode) throws IOException {
    if (!process.isAlive()) {
      return;
    }
    try {
      installation.signal(mode.signal(), process.pid());
    } catch (EmbeddedPostgresException e) {
      if (!endsWithin(POLL_INTERVAL)) { // else it was about to end by itself
        throw e;
      }
    }
    if (!endsWithin(EmbeddedPostgres.STOP_TIMEOUT)) {
      kill();
    }
  }
}
