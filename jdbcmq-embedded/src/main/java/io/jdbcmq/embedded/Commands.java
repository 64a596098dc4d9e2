package io.jdbcmq.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;

/** Runs short commands of the operating system to their end. */
final class Commands {
  private Commands() {}

  /** What a command left behind: its exit code, and its standard output and error as one text. */
  record Result(int exitCode, String output) {
    boolean succeeded() {
      return exitCode == 0;
    }
  }

  /**
   * Runs a command and waits until it has ended.
   *
   * @throws IOException if it could not be started, or did not end within {@code atMost}
   */
  static Result run(Duration atMost, List<String> command) throws IOException {
    var output = Files.createTempFile("jdbcmq-command-", ".log");
    try {
      var process =
          withPlainEnvironment(new ProcessBuilder(command))
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      process.getOutputStream().close();
      if (!process.waitFor(atMost.toNanos(), NANOSECONDS)) {
        process.destroyForcibly();
        throw new IOException(command + " did not end within " + atMost.toSeconds() + " s");
      }
      return new Result(process.exitValue(), Files.readString(output, UTF_8));
    } catch (InterruptedException e) {
      throw EmbeddedPostgresException.interrupted("running " + command, e);
    } finally {
      Files.deleteIfExists(output);
    }
  }

  /**
   * Hides settings of other servers (PGPORT, PGOPTIONS, ...), and asks for untranslated messages.
   */
  static ProcessBuilder withPlainEnvironment(ProcessBuilder builder) {
    var environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("PG"));
    environment.put("LC_ALL", "C");
    return builder;
  }
}
