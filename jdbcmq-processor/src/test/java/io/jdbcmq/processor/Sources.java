package io.jdbcmq.processor;

import static com.google.testing.compile.Compiler.javac;

import com.google.testing.compile.Compilation;
import com.google.testing.compile.JavaFileObjects;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import javax.tools.JavaFileObject;

/** Sources of users, and how they are compiled. */
final class Sources {
  /**
   * All of lint, but for what it says of the class path, and of annotations that no processor keeps
   * from the others.
   */
  static final List<String> LINT =
      List.of("-Xlint:all", "-Xlint:-path", "-Xlint:-classfile", "-Xlint:-processing", "-Werror");

  private static final String IMPORTS =
      """
      package shop;

      import io.jdbcmq.annotation.*;
      import io.jdbcmq.job.*;
      import java.sql.Connection;
      import java.util.*;

      """;

  private Sources() {}

  /** A file of package shop, with the imports that the annotations need. */
  static JavaFileObject shop(String className, String declarations) {
    return JavaFileObjects.forSourceString("shop." + className, IMPORTS + declarations);
  }

  /** Compiles them with the processor. */
  static Compilation compile(List<String> options, JavaFileObject... sources) {
    return javac()
        .withProcessors(new JobProcessor())
        .withOptions(options)
        .compile(Arrays.asList(sources));
  }

  /** What was generated, as text. */
  static String generated(Compilation compilation, String qualifiedName) {
    return compilation
        .generatedSourceFile(qualifiedName)
        .map(
            file -> {
              try {
                return file.getCharContent(false).toString();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            })
        .orElseThrow(() -> new AssertionError(qualifiedName + " was not generated"));
  }
}
