package io.jdbcmq.embedded;

import static java.nio.file.attribute.PosixFilePermissions.fromString;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/** The server's programs as one archive ({@code tar.xz}) on the class path. */
final class BinaryArchive {
  private static final int OWNER_MAY_EXECUTE = 0100;

  private final URL location;

  BinaryArchive(URL location) {
    this.location = location;
  }

  static BinaryArchive onClassPath(Platform platform) {
    var location = BinaryArchive.class.getClassLoader().getResource(platform.resource());
    if (location == null) {
      throw new EmbeddedPostgresException(
          "No PostgreSQL programs for this platform ("
              + platform.os()
              + ", "
              + platform.processor()
              + ") on the class path: add the dependency "
              + platform.artifact()
              + ", or set JDBCMQ_URL to the JDBC URL of a running server.");
    }
    return new BinaryArchive(location);
  }

  /** Short text that differs between archives of different content. */
  String fingerprint() throws IOException {
    try {
      var sha256 = MessageDigest.getInstance("SHA-256");
      try (var in = new DigestInputStream(location.openStream(), sha256)) {
        in.transferTo(OutputStream.nullOutputStream());
      }
      return HexFormat.of().formatHex(sha256.digest(), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }

  /** Writes the content of the archive into a directory; everybody may read it there. */
  void unpack(Path directory) throws IOException {
    makeDirectory(directory);
    try (InputStream in = location.openStream();
        var tar = new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(in)))) {
      for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        write(entry, tar, directory);
      }
    }
  }

  private static void write(TarArchiveEntry entry, InputStream content, Path directory)
      throws IOException {
    var path = inside(directory, directory.resolve(entry.getName()), entry);
    if (entry.isDirectory()) {
      makeDirectory(path);
      return;
    }
    makeDirectory(path.resolveSibling("."));
    if (entry.isSymbolicLink()) {
      inside(directory, path.resolveSibling(entry.getLinkName()), entry);
      Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
    } else if (entry.isFile()) {
      Files.copy(content, path);
      boolean isProgram = (entry.getMode() & OWNER_MAY_EXECUTE) != 0;
      permit(path, isProgram ? "rwxr-xr-x" : "rw-r--r--");
    } else {
      throw new IOException("Entry " + entry.getName() + " is of a kind that is not supported");
    }
  }

  /** The path itself, once it is sure that it does not lead out of the directory. */
  private static Path inside(Path directory, Path path, TarArchiveEntry entry) throws IOException {
    var normal = path.normalize();
    if (!normal.startsWith(directory.normalize())) {
      throw new IOException("Entry " + entry.getName() + " leads out of its archive");
    }
    return normal;
  }

  private static void makeDirectory(Path path) throws IOException {
    var directory = path.normalize();
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(directory);
      permit(directory, "rwxr-xr-x");
    }
  }

  /** Sets what the umask of this process may have taken away. */
  private static void permit(Path path, String permissions) throws IOException {
    if (Files.getFileStore(path).supportsFileAttributeView("posix")) {
      Files.setPosixFilePermissions(path, fromString(permissions));
    }
  }
}
