package io.jdbcmq.torture.site;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.BufferedReader;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SmallDiskTest {
  private static final String NONE = "only root can mount a disk";

  @Test
  void itEndsWithItsProcess() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Mounts.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader told = process.inputReader(UTF_8)) {
      String path = told.readLine();
      if (NONE.equals(path)) {
        System.err.println("!!! SKIPPED: " + NONE + " !!!");
      }
      assumeFalse(NONE.equals(path), NONE);
      assertThat(Path.of(path)).isDirectory();

      process.destroy();

      assertThat(process.waitFor(20, SECONDS)).isTrue();
      assertThat(Path.of(path)).doesNotExist();
    } finally {
      process.destroyForcibly();
    }
  }

  /** Mounts a disk and tells where, then waits to be ended. */
  static final class Mounts {
    private Mounts() {}

    public static void main(String[] args) throws InterruptedException {
      System.out.println(SmallDisk.mount().map(disk -> disk.path().toString()).orElse(NONE));
      Thread.sleep(60_000);
    }
  }
}
