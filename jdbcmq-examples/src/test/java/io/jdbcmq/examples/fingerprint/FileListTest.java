package io.jdbcmq.examples.fingerprint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileListTest {
  @Test
  void theRunningJdkHasThousandsOfFiles() {
    FileList list = FileList.ofRunningJdk();

    assertThat(list.files()).hasSizeGreaterThan(5_000);
    assertThat(list.skipped()).isEmpty();
    assertThat(list.bytes()).isGreaterThan(10_000_000);
    assertThat(list.files()).contains(fileOf(list, "java/lang/Object.class"));
  }

  @Test
  void linksAreNeitherFilesNorFollowed(@TempDir Path folder) throws IOException {
    Files.writeString(Files.createDirectory(folder.resolve("sub")).resolve("file"), "content");
    Files.createSymbolicLink(folder.resolve("circle"), folder);
    Files.createSymbolicLink(folder.resolve("link"), folder.resolve("sub/file"));
    Files.createSymbolicLink(folder.resolve("broken"), folder.resolve("nothing"));

    assertThat(FileList.of(folder).files()).hasSize(1);
    assertThat(FileList.of(folder.resolve("circle")).files()).hasSize(1);
    assertThat(FileList.of(folder).skipped()).isEmpty();
  }

  @Test
  void aNameOfAnyBytesTravelsAsItsUri(@TempDir Path folder) throws IOException {
    // 0xFF is no UTF-8: Java shows such a name as something else, but its URI keeps the byte.
    Path odd = Path.of(URI.create(folder.toUri() + "odd%FF%0A%5Cname"));
    Files.writeString(odd, "content");

    SourceFile file = FileList.of(folder).files().get(0);

    assertThat(file.uri()).endsWith("odd%FF%0A%5Cname").matches("\\p{ASCII}+");
    assertThat(Files.readString(Path.of(URI.create(file.uri())))).isEqualTo("content");
  }

  private static SourceFile fileOf(FileList list, String name) {
    return list.files().stream()
        .filter(file -> file.uri().endsWith("/" + name))
        .findAny()
        .orElseThrow();
  }
}
