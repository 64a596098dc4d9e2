package io.jdbcmq.bench;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Another process of this program, with the same class path. It is told lines, and answers with
 * lines that begin with a mark; whatever else it prints goes to a log. It ends when this process
 * does, as it reads to the end of what it is told.
 */
final class Child implements AutoCloseable {
  /** What answers begin with; libraries print, too. */
  static final String MARK = "@bench ";

  private static final String END = "";

  private final String name;
  private final Path log;
  private final Process process;
  private final BufferedWriter input;
  private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();

  /**
   * Starts a process.
   *
   * @param log where its errors and other output go; appended to
   * @param memory most of its heap, as in {@code 1g}
   */
  Child(String name, Path log, String memory, Class<?> main, List<String> arguments)
      throws IOException {
    this.name = name;
    this.log = log;
    Files.createDirectories(log.toAbsolutePath().getParent());
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx" + memory,
            "-Dlogback.configurationFile=logback-bench.xml",
            "-cp",
            System.getProperty("java.class.path"),
            main.getName()));
    command.addAll(arguments);
    process =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    input = process.outputWriter(StandardCharsets.UTF_8);
    Thread reader = new Thread(this::read, "output of " + name);
    reader.setDaemon(true);
    reader.start();
  }

  private void read() {
    try (BufferedReader output =
            new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        BufferedWriter other =
            Files.newBufferedWriter(log, StandardOpenOption.APPEND, StandardOpenOption.CREATE)) {
      String line;
      while ((line = output.readLine()) != null) {
        if (line.startsWith(MARK)) {
          answers.add(line.substring(MARK.length()));
        } else {
          other.write(line);
          other.newLine();
        }
      }
    } catch (IOException e) {
      // It has ended, or is being ended: that is what the answer says.
    }
    answers.add(END);
  }

  void tell(String line) {
    try {
      input.write(line);
      input.newLine();
      input.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(name + " has ended; see " + log, e);
    }
  }

  /** Its next answer. */
  String hear(Duration patience) throws InterruptedException, TimeoutException {
    String answer = answers.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
    if (answer == null) {
      throw new TimeoutException(name + " did not answer within " + patience + "; see " + log);
    }
    if (answer.equals(END)) {
      answers.add(END);
      throw new IllegalStateException(name + " has ended; see " + log);
    }
    return answer;
  }

  @Override
  public void close() {
    try {
      input.close();
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (IOException e) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
