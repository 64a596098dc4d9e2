package io.jdbcmq.torture.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.postgresql.ds.PGSimpleDataSource;

/** A process with its children, signalled by their numbers. Not thread-safe. */
final class ServerProcess {
  private static final Duration PAUSE = Duration.ofMillis(20);
  private static final Duration START_TIMEOUT = Duration.ofMinutes(1);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);

  private final ServerUser user;
  private final Process process;
  private final Path log;

  ServerProcess(ServerUser user, Process process, Path log) {
    this.user = user;
    this.process = process;
    this.log = log;
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new ServerException("Finding a free port failed", e);
    }
  }

  /** Waits until a server answers at this URL; one that does not is killed. */
  void awaitAnswer(String url) {
    long start = System.nanoTime();
    while (!answers(url)) {
      if (endsWithin(PAUSE)) {
        throw new ServerException("The server ended by itself; its log:\n" + log());
      }
      if (System.nanoTime() - start > START_TIMEOUT.toNanos()) {
        kill();
        throw new ServerException(
            "No answer within %s; its log:%n%s".formatted(START_TIMEOUT, log()));
      }
    }
  }

  private static boolean answers(String url) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(url);
    source.setConnectTimeout(2);
    source.setSocketTimeout(5);
    source.setPrepareThreshold(0);
    try (Connection connection = source.getConnection()) {
      return connection.isValid(5);
    } catch (SQLException e) {
      return false;
    }
  }

  private String log() {
    try {
      return Files.readString(log, UTF_8);
    } catch (IOException e) {
      return "(" + log + " could not be read: " + e + ")";
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Stops the clock of the server and of all its children (SIGSTOP); their sockets stay open. */
  void freeze() {
    signal("STOP", List.of(process.toHandle())); // first: it starts no more children then
    signal("STOP", process.descendants().toList());
  }

  /** Lets frozen processes go on. */
  void thaw() {
    List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
    all.add(process.toHandle());
    signal("CONT", all);
  }

  /** Ends the server and all its children at once (SIGKILL), frozen or not. */
  void kill() {
    if (!process.isAlive()) {
      return;
    }
    signal("STOP", List.of(process.toHandle()));
    List<ProcessHandle> children = process.descendants().toList();
    children.forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    if (!endsWithin(STOP_TIMEOUT)) {
      throw new ServerException("Process " + process.pid() + " survived its kill");
    }
    // One that finds the shared memory of its predecessor in use does not start.
    until("the children of a killed server end", () -> children.stream().noneMatch(this::runs));
  }

  /**
   * Dead processes that nobody collects look alive, but are zombies to the system. That they have
   * no command tells less: one that is ending may still hold its memory then.
   */
  private boolean runs(ProcessHandle child) {
    if (!child.isAlive()) {
      return false;
    }
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(child.pid()), "stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
    } catch (IOException e) { // it has just ended, or there is no such file here
      return child.info().command().isPresent();
    }
  }

  /** Asks it to end, by a signal, and kills it when it does not. */
  void stop(String signal) {
    if (process.isAlive()) {
      thaw();
      signal(signal, List.of(process.toHandle()));
      if (!endsWithin(STOP_TIMEOUT)) {
        kill();
      }
    }
  }

  /** Waits until something is so. */
  void until(String what, BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - start > START_TIMEOUT.toNanos()) {
        throw new ServerException("Waited in vain that " + what + "; log:\n" + log());
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  private void signal(String name, List<ProcessHandle> processes) {
    if (processes.isEmpty()) {
      return;
    }
    StringBuilder command = new StringBuilder("kill -" + name);
    processes.forEach(target -> command.append(' ').append(target.pid()));
    command.append(" || true"); // one of them may have ended meanwhile
    user.run(List.of("sh", "-c", command.toString()));
  }

  private boolean endsWithin(Duration duration) {
    try {
      return process.waitFor(duration.toNanos(), NANOSECONDS);
    } catch (InterruptedException e) {
      throw ServerException.interrupted("waiting for a server", e);
    }
  }
}
