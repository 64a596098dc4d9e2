package io.jdbcmq.torture.plant;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * A source file of the library, in the checkout that this was built from.
 *
 * @param path below the library's package
 */
record CoreSource(String path) {
  private static final String CHECKOUT = "jdbcmq.checkout";

  String text() {
    String checkout = System.getProperty(CHECKOUT);
    if (checkout == null) {
      throw new IllegalStateException(
          "it takes the library's sources: start ./torture, which sets -D" + CHECKOUT);
    }
    Path file = Path.of(checkout, "jdbcmq/src/main/java/io/jdbcmq", path);
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Compiles another text in its place, against the class path of this process. */
  void compile(String changed, Path classes) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      throw new IllegalStateException("it takes a JDK, and this run-time has no compiler");
    }
    StringWriter errors = new StringWriter();
    try (StandardJavaFileManager files =
        compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
      Files.createDirectories(classes);
      List<String> options =
          List.of(
              "-d",
              classes.toString(),
              "-classpath",
              System.getProperty("java.class.path"),
              "-proc:none",
              "-nowarn");
      if (!compiler
          .getTask(errors, files, null, options, null, List.of(new Changed(path, changed)))
          .call()) {
        throw new IllegalStateException(path + " does not compile:\n" + errors);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A text that is in no file. */
  private static final class Changed extends SimpleJavaFileObject {
    private final String text;

    private Changed(String path, String text) {
      super(URI.create("string:///" + path), JavaFileObject.Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoresErrors) {
      return text;
    }
  }
}
