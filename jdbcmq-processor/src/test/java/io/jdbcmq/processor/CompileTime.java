package io.jdbcmq.processor;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/**
 * Measures what the processor adds to the time that javac takes: compiles classes with 5 methods
 * with {@code @Job} each, without and with the processor in turn, each time in this warm JVM and on
 * an empty folder, and prints the medians.
 *
 * <p>Both compile a copy of what is generated, so that the difference is the processor and what it
 * makes javac do again; a third column leaves the generated classes out.
 */
final class CompileTime {
  private static final int ROUNDS = 11;

  private CompileTime() {}

  /** First argument: the number of classes, otherwise 200. */
  public static void main(String[] args) throws IOException {
    int classes = args.length > 0 ? Integer.parseInt(args[0]) : 200;
    Path folder = Files.createTempDirectory("jdbcmq-compile-time");
    try {
      measure(folder, classes);
    } finally {
      delete(folder);
    }
  }

  private static void measure(Path folder, int classes) throws IOException {
    List<String> handlers = new ArrayList<>();
    Files.createDirectories(folder.resolve("shop"));
    for (int i = 0; i < classes; i++) {
      handlers.add(
          Files.writeString(folder.resolve("shop/Handlers" + i + ".java"), source(i)).toString());
    }
    compile(
        folder,
        handlers,
        "-proc:only",
        "-s",
        Files.createDirectories(folder.resolve("made")).toString());
    List<String> all = new ArrayList<>(handlers);
    try (Stream<Path> made = Files.walk(folder.resolve("made"))) {
      made.map(Path::toString).filter(name -> name.endsWith(".java")).forEach(all::add);
    }
    List<Duration> alone = new ArrayList<>();
    List<Duration> copied = new ArrayList<>();
    List<Duration> generated = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      alone.add(compile(folder, handlers, "-proc:none"));
      copied.add(compile(folder, all, "-proc:none"));
      generated.add(compile(folder, handlers));
    }
    System.out.printf(
        "%d classes with 5 jobs each, median of %d, Java %s%n"
            + "  handlers alone, no processor:           %5d ms%n"
            + "  handlers and generated classes, copied: %5d ms%n"
            + "  handlers, with the processor:           %5d ms%n",
        classes,
        ROUNDS,
        System.getProperty("java.version"),
        median(alone),
        median(copied),
        median(generated));
  }

  private static Duration compile(Path folder, List<String> files, String... options)
      throws IOException {
    Path out = folder.resolve("out");
    delete(out);
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "-d",
                Files.createDirectories(out).toString(),
                "-classpath",
                System.getProperty("java.class.path"),
                "-processorpath",
                Application.processorPath()));
    arguments.addAll(List.of(options));
    arguments.addAll(files);
    long start = System.nanoTime();
    int result =
        ToolProvider.getSystemJavaCompiler()
            .run(null, OutputStream.nullOutputStream(), null, arguments.toArray(String[]::new));
    if (result != 0) {
      throw new IllegalStateException("the compiler returned " + result);
    }
    return Duration.ofNanos(System.nanoTime() - start);
  }

  private static String source(int number) {
    return """
        package shop;

        import io.jdbcmq.annotation.Context;
        import io.jdbcmq.annotation.Job;
        import io.jdbcmq.job.CurrentJob;
        import java.sql.Connection;
        import java.util.List;

        public class Handlers%1$d {
          public record Order(long id, String customer, List<String> lines) {}

          @Job(name = "ship-%1$d", channel = "orders", channelArgs = "{customer}", uniqueKey = "ship-{id}")
          void ship(CurrentJob job, Order order) {}

          @Job(name = "mail-%1$d", aliases = "post-%1$d", retries = 9, backoff = "PT2S", timeout = "PT1M")
          void mail(Order order, StringBuilder out) {}

          @Job(name = "book-%1$d", transactional = true)
          void book(Connection connection, Order order) {}

          @Job(name = "sum-%1$d")
          void sum(List<Order> orders) {}

          @Job(name = "tidy-%1$d")
          void tidy(@Context StringBuilder out) {}
        }
        """
        .formatted(number);
  }

  private static long median(List<Duration> times) {
    return times.stream().sorted().skip(times.size() / 2).findFirst().orElseThrow().toMillis();
  }

  private static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
