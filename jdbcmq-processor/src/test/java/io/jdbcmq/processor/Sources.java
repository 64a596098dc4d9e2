package io.jdbcmq.processor;

import static com.google.testing.compile.Compiler.javac;

import com.google.testing.compile.Compilation;
import com.google.testing.compile.JavaFileObjects;
import java.util.Arrays;
import java.util.List;
import javax.tools.JavaFileObject;

/** Sources of users, and how they are compiled. */
final class Sources {
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

  /** Compiles them with the processor and without mercy. */
  static Compilation compile(JavaFileObject... sources) {
    return compile(List.of(), sources);
  }

  static Compilation compile(List<String> options, JavaFileObject... sources) {
    return javac()
        .withProcessors(new JobProcessor())
        .withOptions(options.isEmpty() ? strict() : options)
        .compile(Arrays.asList(sources));
  }

  /** All of lint but what it says of the class path, and the checks of Javadoc. */
  static List<String> strict() {
    return List.of("-Xlint:all", "-Xlint:-path", "-Xlint:-classfile", "-Xdoclint:all", "-Werror");
  }

  /** What was generated, as text. */
  static String generated(Compilation compilation, String qualifiedName) {
    return compilation
        .generatedSourceFile(qualifiedName)
        .map(
            file -> {
              try {
                return file.getCharContent(false).toString();
              } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            })
        .orElseThrow(() -> new AssertionError(qualifiedName + " was not generated"));
  }
}
