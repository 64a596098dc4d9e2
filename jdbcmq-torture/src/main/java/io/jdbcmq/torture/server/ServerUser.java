package io.jdbcmq.torture.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Runs programs as the user of this process, or as nobody if that is root, which PostgreSQL and
 * PgBouncer refuse to run as. Immutable.
 */
final class ServerUser {
  private static final Duration COMMAND_TIMEOUT = Duration.ofMinutes(2);
  private static final int NOBODY = 65534;

  private final boolean isRoot;

  private ServerUser(boolean isRoot) {
    this.isRoot = isRoot;
  }

  static ServerUser choose() {
    return new ServerUser(System.getProperty("user.name", "").equals("root"));
  }

  /** A fresh directory in this one, which belongs to this user. */
  Path directory(Path parent, String prefix) {
    try {
      Path directory = Files.createTempDirectory(parent, prefix);
      own(directory);
      return directory;
    } catch (IOException e) {
      throw new ServerException("Making a directory for a server failed", e);
    }
  }

  void own(Path path) throws IOException {
    if (isRoot) {
      Files.setAttribute(path, "unix:uid", NOBODY, LinkOption.NOFOLLOW_LINKS);
    }
  }

  /** Starts a program that goes on, with its output appended to a log. */
  Process start(Path log, List<String> command) {
    try {
      Process process =
          builder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      process.getOutputStream().close();
      return process;
    } catch (IOException e) {
      throw new ServerException("Starting " + command + " failed", e);
    }
  }

  /**
   * Runs a program to its end and returns what it printed. Blocks for two minutes at most.
   *
   * @throws ServerException if it failed, with what it printed
   */
  String run(List<String> command) {
    try {
      Path output = Files.createTempFile("jdbcmq-command-", ".log");
      try {
        Process process = start(output, command);
        if (!process.waitFor(COMMAND_TIMEOUT.toNanos(), NANOSECONDS)) {
          process.destroyForcibly();
          throw new ServerException(command + " did not end within " + COMMAND_TIMEOUT);
        }
        String printed = Files.readString(output, UTF_8);
        if (process.exitValue() != 0) {
          throw new ServerException(
              "%s ended with exit code %d and printed: %s"
                  .formatted(command, process.exitValue(), printed));
        }
        return printed;
      } finally {
        Files.deleteIfExists(output);
      }
    } catch (IOException e) {
      throw new ServerException("Running " + command + " failed", e);
    } catch (InterruptedException e) {
      throw ServerException.interrupted("running " + command, e);
    }
  }

  private ProcessBuilder builder(List<String> command) {
    List<String> all = new ArrayList<>();
    if (isRoot) {
      all.addAll(
          List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups", "--"));
    }
    all.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(all);
    builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
    builder.environment().put("LC_ALL", "C");
    builder.directory(Path.of("/").toFile()); // the caller's may be closed to this user
    return builder;
  }

  /** Deletes a directory with all that is in it. */
  static void delete(Path tree) {
    try (Stream<Path> paths = Files.walk(tree)) {
      for (Path path : paths.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new ServerException("Deleting " + tree + " failed", e);
    }
  }
}
