package io.jdbcmq.examples.fingerprint;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/** A folder for logs, and for the data if they are kept. */
final class WorkFolder implements AutoCloseable {
  private final Path path;
  private final boolean keep;

  private WorkFolder(Path path, boolean keep) {
    this.path = path;
    this.keep = keep;
  }

  /** A fresh one among the temporary files; deleted on close unless it is kept. */
  static WorkFolder create(boolean keep) throws IOException {
    Path path = Files.createTempDirectory("jdbcmq-demo-");
    if (Files.getFileStore(path).supportsFileAttributeView("posix")) {
      // Where the demo runs as root, the server does not, and has to pass through here.
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx--x--x"));
    }
    return new WorkFolder(path, keep);
  }

  Path path() {
    return path;
  }

  /** Where the server's data go if they are kept. */
  Path data() {
    return path.resolve("data");
  }

  @Override
  public void close() throws IOException {
    if (!keep) {
      Files.walkFileTree(path, new Deleter());
    }
  }

  private static final class Deleter extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.delete(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException error)
        throws IOException {
      Files.delete(folder);
      return FileVisitResult.CONTINUE;
    }
  }
}
