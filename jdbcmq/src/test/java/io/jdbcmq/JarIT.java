package io.jdbcmq;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;

/**
 * The jar that is published: it holds the library, and nothing with which the library is tested.
 */
class JarIT {
  private static final Path MAIN = Path.of("src", "main");

  /** What Maven adds: no other entry of META-INF, which could register services, for example. */
  private static final Set<String> OF_THE_BUILD =
      Set.of(
          "META-INF/MANIFEST.MF",
          "META-INF/maven/io.jdbcmq/jdbcmq/pom.xml",
          "META-INF/maven/io.jdbcmq/jdbcmq/pom.properties");

  @Test
  void eachEntryComesFromTheMainSources() throws IOException {
    List<String> entries = entries();
    assertThat(entries)
        .contains("io/jdbcmq/JobQueue.class", "io/jdbcmq/roles.sql")
        .containsAll(OF_THE_BUILD);
    assertThat(strangers(entries)).isEmpty();
  }

  @Test
  void whatComesFromElsewhereIsFound() {
    assertThat(
            strangers(
                List.of(
                    "io/jdbcmq/JobQueue$Builder.class",
                    "io/jdbcmq/testing/TestClock.class",
                    "io/jdbcmq/internal/runner/FaultPoint$Hook.class",
                    "META-INF/MANIFEST.MF",
                    "META-INF/services/java.sql.Driver",
                    "META-INF/versions/21/io/jdbcmq/JobQueue.class",
                    "META-INF/maven/io.jdbcmq/another/pom.xml",
                    "catalogue.sql")))
        .containsExactly(
            "io/jdbcmq/testing/TestClock.class",
            "io/jdbcmq/internal/runner/FaultPoint$Hook.class",
            "META-INF/services/java.sql.Driver",
            "META-INF/versions/21/io/jdbcmq/JobQueue.class",
            "META-INF/maven/io.jdbcmq/another/pom.xml",
            "catalogue.sql");
  }

  private static List<String> strangers(List<String> entries) {
    return entries.stream()
        .filter(entry -> !OF_THE_BUILD.contains(entry))
        .filter(entry -> !Files.exists(source(entry)))
        .toList();
  }

  private static Path source(String entry) {
    if (!entry.endsWith(".class")) {
      return MAIN.resolve("resources").resolve(entry);
    }
    String outermost = entry.substring(0, entry.length() - ".class".length()).split("\\$", 2)[0];
    return MAIN.resolve("java").resolve(outermost + ".java");
  }

  private static List<String> entries() throws IOException {
    try (Stream<Path> built = Files.list(Path.of("target"))) {
      Path jar =
          built
              .filter(
                  path ->
                      path.getFileName()
                          .toString()
                          .matches("jdbcmq-\\d[\\d.]*(-(SNAPSHOT|rc\\d+))?\\.jar"))
              .findFirst()
              .orElseThrow();
      try (JarFile file = new JarFile(jar.toFile())) {
        return file.stream().filter(entry -> !entry.isDirectory()).map(ZipEntry::getName).toList();
      }
    }
  }
}
