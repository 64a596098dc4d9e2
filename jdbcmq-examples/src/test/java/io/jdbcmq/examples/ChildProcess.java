package io.jdbcmq.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A program that was run in a process of its own, to its end.
 *
 * @param exitCode its exit code
 * @param out lines of its standard output
 * @param err lines of its standard error
 */
public record ChildProcess(int exitCode, List<String> out, List<String> err) {
  private static final long MINUTES = 3;

  /** Runs a main class with the class path of this process. */
  public static ChildProcess run(
      Class<?> main, Map<String, String> environment, Path folder, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Dfile.encoding=UTF-8", "-cp", System.getProperty("java.class.path")));
    command.add(main.getName());
    command.addAll(arguments);
    Path out = folder.resolve("out.txt");
    Path err = folder.resolve("err.txt");
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
      process.destroy();
      process.onExit().join();
      throw new AssertionError("no end in time; it wrote:\n" + lines(out) + "\n" + lines(err));
    }
    List<String> errors =
        lines(err).stream().filter(line -> !line.startsWith("Picked up ")).toList();
    return new ChildProcess(process.exitValue(), lines(out), errors);
  }

  private static List<String> lines(Path file) throws IOException {
    return new String(Files.readAllBytes(file), UTF_8).lines().toList();
  }
}
