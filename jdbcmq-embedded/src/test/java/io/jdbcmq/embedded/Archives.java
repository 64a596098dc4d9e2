package io.jdbcmq.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** Small archives, as the programs of a server come in. */
final class Archives {
  private Archives() {}

  interface Content {
    void writeTo(TarArchiveOutputStream tar) throws IOException;
  }

  static BinaryArchive archiveIn(Path directory, Content content) throws IOException {
    var file = Files.createTempFile(directory, "archive", ".txz");
    try (var tar =
        new TarArchiveOutputStream(
            new XZOutputStream(Files.newOutputStream(file), new LZMA2Options(0)))) {
      content.writeTo(tar);
    }
    return new BinaryArchive(file.toUri().toURL());
  }

  static void file(TarArchiveOutputStream tar, String name, int mode) throws IOException {
    var bytes = name.getBytes(UTF_8);
    var entry = new TarArchiveEntry(name);
    entry.setMode(mode);
    entry.setModTime(0);
    entry.setSize(bytes.length);
    tar.putArchiveEntry(entry);
    tar.write(bytes);
    tar.closeArchiveEntry();
  }

  static void link(TarArchiveOutputStream tar, String name, String to) throws IOException {
    var entry = new TarArchiveEntry(name, TarConstants.LF_SYMLINK);
    entry.setLinkName(to);
    tar.putArchiveEntry(entry);
    tar.closeArchiveEntry();
  }
}
