package io.jdbcmq.examples.fingerprint;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BadInputTest {
  @ParameterizedTest
  @CsvSource({
    "--runners, 0, --runners must be 1 to 16 but was 0",
    "--runners, 17, --runners must be 1 to 16 but was 17",
    "--runners, many, is not an int",
    "--folder, '', the name of the folder is empty",
    "--no-kill, here, Unmatched argument",
    "--keep, --frobnicate, Unknown option",
    "--keep, --folder, Missing required parameter",
    "--no-kill, --no-kill, only once",
  })
  void argumentsThatMakeNoSenseGetOneLine(String first, String second, String message) {
    assertRefused(message, first, second);
  }

  @Test
  void foldersWithNothingToReadGetOneLine(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "content");
    Path empty = Files.createDirectory(folder.resolve("empty\\nfolder"));
    Files.createSymbolicLink(empty.resolve("link"), file);

    assertRefused("there is no folder", "--folder", folder.resolve("not\nthere").toString());
    assertRefused("is a file, not a folder", "--folder", file.toString());
    assertRefused("no readable files", "--folder", empty.toString());
  }

  private static void assertRefused(String message, String... arguments) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    assertThat(Demo.run(new PrintStream(err, true, UTF_8), arguments)).isEqualTo(2);
    assertThat(err.toString(UTF_8).lines())
        .singleElement()
        .asString()
        .startsWith("demo: ")
        .contains(message);
  }
}
