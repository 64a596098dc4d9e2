package io.jdbcmq.torture.site;

import io.jdbcmq.torture.history.Journal;
import io.jdbcmq.torture.role.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A process of the harness. Thread-safe. */
public final class Child {
  /** Exit values of processes that were ended by a signal begin here. */
  private static final int SIGNALS = 128;

  private final String name;
  private final Process process;
  private final Path history;

  private Child(Settings settings, Process process) {
    this.name = settings.name();
    this.history = Journal.file(settings.folder(), name);
    this.process = process;
  }

  /**
   * Starts a process, which writes what it says to a log in the folder of the histories.
   *
   * @param classPath where it finds its classes
   * @param more arguments
   * @param environment variables besides those of this process
   * @param old the library to use instead of the present one
   */
  static Child start(
      Class<?> main,
      String classPath,
      Settings settings,
      List<String> more,
      Map<String, String> environment,
      Optional<OldLibrary> old) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.add("-Dlogback.configurationFile=logback-torture.xml");
    String its = old.map(library -> library.in(classPath)).orElse(classPath);
    command.addAll(List.of("-cp", its, main.getName()));
    command.addAll(settings.arguments());
    command.addAll(more);
    Path log = settings.folder().resolve(settings.name() + ".log");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().putAll(environment);
    try {
      return new Child(settings, builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Unique in the run. */
  public String name() {
    return name;
  }

  /** Whether it runs, or stands still. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** Whether it has ended by itself before it came as far as to open its history. */
  boolean hasFailedToBegin() {
    return !process.isAlive() && process.exitValue() < SIGNALS && !Files.exists(history);
  }

  /** Whether it has ended, and without an error. */
  boolean hasEndedWell() {
    return !process.isAlive() && process.exitValue() == 0;
  }

  /** Process id. */
  long pid() {
    return process.pid();
  }

  /** SIGKILL; returns when it is gone. */
  public void kill() {
    process.destroyForcibly();
    await(10);
  }

  /** SIGSTOP: it stands still, and its connections stay open. */
  public void pause() {
    signal("STOP");
  }

  /** SIGCONT. */
  public void resume() {
    signal("CONT");
  }

  /** Tells it to end, and waits. Returns whether it did. */
  public boolean end(int seconds) {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      // it is gone
    }
    return await(seconds);
  }

  private boolean await(int seconds) {
    try {
      return process.waitFor(seconds, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void signal(String signal) {
    String command = "kill -%s %d".formatted(signal, process.pid()); // the shell's: all have that
    try {
      int status = new ProcessBuilder("sh", "-c", command).start().waitFor();
      if (status != 0 && process.isAlive()) {
        throw new IllegalStateException("'%s' has failed: %d".formatted(command, status));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
