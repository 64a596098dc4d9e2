package io.jdbcmq.internal.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MigrationFilesTest {
  private static final Path FOLDER =
      Path.of("src", "main", "resources", "io", "jdbcmq", "migrations");
  private static final Pattern NAME = Pattern.compile("V(\\d{4})__([a-z]+(?:_[a-z]+)*)\\.sql");
  private static final Pattern HEADER =
      Pattern.compile(
          "\\A-- Purpose: \\S.*\\n(--   .*\\n)*-- Phase:   \\S.*\\n(--   .*\\n)*"
              + "-- Locks:   \\S.*\\n(--   .*\\n)*-- Rewrite: \\S.*\\n");

  @Test
  void theMigratorKnowsWhatTheFolderHolds() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      assertThat(Migrator.files())
          .containsExactlyElementsOf(
              files.map(file -> file.getFileName().toString()).sorted().toList());
    }
  }

  @Test
  void numbersHaveNoGaps() {
    List<String> files = Migrator.files();
    assertThat(files)
        .allSatisfy(file -> assertThat(file).matches(NAME))
        .extracting(file -> Integer.valueOf(file.substring(1, 5)))
        .containsExactlyElementsOf(IntStream.rangeClosed(1, files.size()).boxed().toList());
  }

  @ParameterizedTest
  @MethodSource("files")
  void headerNamesPurposePhaseLocksAndRewrite(String file) throws IOException {
    assertThat(text(file)).containsPattern(HEADER);
  }

  /** It records itself: so the schema knows its version, whatever tool ran the file. */
  @ParameterizedTest
  @MethodSource("files")
  void theLastStatementRecordsTheVersionAndTheName(String file) throws IOException {
    var name = NAME.matcher(file);
    assertThat(name.matches()).isTrue();
    assertThat(text(file))
        .containsPattern(
            "\n\ncall mq_finish_migration\\(%d, '%s'(, \\d+)?\\);\n\\z"
                .formatted(Integer.parseInt(name.group(1)), name.group(2)));
  }

  @Test
  void aHeaderWithoutLocksIsFound() {
    assertThat("-- Purpose: a.\n-- Phase:   b.\n-- Rewrite: d.\n").doesNotContainPattern(HEADER);
    assertThat("-- Purpose: a.\n-- Phase:   b.\n-- Locks:   c.\n--   cc.\n-- Rewrite: d.\n")
        .containsPattern(HEADER);
  }

  private static List<String> files() {
    return Migrator.files();
  }

  private static String text(String file) throws IOException {
    return Files.readString(FOLDER.resolve(file));
  }
}
