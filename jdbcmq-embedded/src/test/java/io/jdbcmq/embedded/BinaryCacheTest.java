package io.jdbcmq.embedded;

import static io.jdbcmq.embedded.Archives.archiveIn;
import static io.jdbcmq.embedded.Archives.file;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BinaryCacheTest {
  @TempDir private Path directory;

  @Test
  void unpacksOnce() throws IOException {
    var archive = archiveIn(directory, tar -> file(tar, "bin/initdb", 0755));
    var cache = new BinaryCache(directory);

    var home = cache.unpacked(archive);
    var marker = Files.writeString(home.resolve("marker"), "", UTF_8);

    assertThat(cache.unpacked(archive)).isEqualTo(home);
    assertThat(marker).exists();
  }

  @Test
  void threadsThatComeTogetherGetTheSameWholeDirectory() throws IOException {
    var archive = archiveIn(directory, tar -> file(tar, "bin/initdb", 0755));
    var unfinished = "postgres-" + archive.fingerprint() + ".part";
    Files.createDirectories(directory.resolve(unfinished).resolve("bin")); // of a killed process
    Files.writeString(directory.resolve(unfinished).resolve("bin/initdb"), "half", UTF_8);

    var homes =
        IntStream.range(0, 4)
            .mapToObj(i -> CompletableFuture.supplyAsync(() -> unpacked(archive)))
            .toList()
            .stream()
            .map(CompletableFuture::join)
            .distinct()
            .toList();

    assertThat(homes).hasSize(1);
    assertThat(directory.resolve(unfinished)).doesNotExist();
    assertThat(homes.get(0).resolve("bin/initdb")).isExecutable().hasContent("bin/initdb");
  }

  private Path unpacked(BinaryArchive archive) {
    try {
      return new BinaryCache(directory).unpacked(archive);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
