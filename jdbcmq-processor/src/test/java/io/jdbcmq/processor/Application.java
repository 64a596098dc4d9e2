package io.jdbcmq.processor;

import com.palantir.javapoet.JavaFile;
import io.jdbcmq.JobBindings;
import io.jdbcmq.job.JobRequest;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.tools.ToolProvider;

/**
 * A version of an application: compiled by javac with what a user has on the paths, and loaded
 * apart from other versions.
 */
final class Application implements AutoCloseable {
  private final URLClassLoader loader;

  private Application(URLClassLoader loader) {
    this.loader = loader;
  }

  /**
   * Compiles it into the folder.
   *
   * @param sources by path, {@code shop/Greetings.java}
   */
  static Application compile(Path folder, Map<String, String> sources) throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "-d",
                Files.createDirectories(folder.resolve("classes")).toString(),
                "-Xlint:all,-path,-classfile,-processing",
                "-Werror",
                "-classpath",
                System.getProperty("java.class.path"),
                "-processorpath",
                processorPath()));
    for (Map.Entry<String, String> source : sources.entrySet()) {
      Path file = folder.resolve(source.getKey());
      Files.createDirectories(file.getParent());
      arguments.add(Files.writeString(file, source.getValue()).toString());
    }
    int result =
        ToolProvider.getSystemJavaCompiler()
            .run(null, OutputStream.nullOutputStream(), null, arguments.toArray(String[]::new));
    if (result != 0) {
      throw new AssertionError("the compiler returned " + result);
    }
    return new Application(
        new URLClassLoader(
            new URL[] {folder.resolve("classes").toUri().toURL()},
            Application.class.getClassLoader()));
  }

  /** The processor and what it needs, and nothing of the core. */
  static String processorPath() {
    return pathOf(JobProcessor.class) + File.pathSeparator + pathOf(JavaFile.class);
  }

  private static String pathOf(Class<?> type) {
    return Path.of(URI.create(type.getProtectionDomain().getCodeSource().getLocation().toString()))
        .toString();
  }

  /** What its class {@code Main} makes of the name and the text. */
  JobRequest request(String name, String text) throws ReflectiveOperationException {
    return (JobRequest)
        main().getMethod("request", String.class, String.class).invoke(null, name, text);
  }

  /** The handlers of its class {@code Main}. */
  JobBindings bindings() throws ReflectiveOperationException {
    return (JobBindings) main().getMethod("bindings").invoke(null);
  }

  private Class<?> main() throws ClassNotFoundException {
    return loader.loadClass("shop.Main");
  }

  @Override
  public void close() throws IOException {
    loader.close();
  }
}
