package io.jdbcmq.torture.site;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.Optional;

/**
 * A file system in memory, which can be filled up. Only root can mount one. For one thread at a
 * time. It ends with this process, unless that is killed.
 */
public final class SmallDisk implements AutoCloseable {
  private static final String OPTIONS = "size=512m,mode=0755";

  private final Path path;
  private final Thread closeAtExit = new Thread(this::unmount, "small-disk");

  private SmallDisk(Path path) {
    this.path = path;
    Runtime.getRuntime().addShutdownHook(closeAtExit);
  }

  /** Mounts one; empty if this process may not, or there is nothing to do it with. */
  public static Optional<SmallDisk> mount() {
    try {
      Path path = Files.createTempDirectory("jdbcmq-disk-");
      if (isMounted(path)) {
        return Optional.of(new SmallDisk(path));
      }
      Files.delete(path);
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isMounted(Path path) {
    try {
      return run("mount", "-t", "tmpfs", "-o", OPTIONS, "tmpfs", path.toString());
    } catch (IOException e) { // no such program
      return false;
    }
  }

  /** A new directory on it, which belongs to somebody. */
  Path directory(UserPrincipal owner) {
    try {
      Path directory = Files.createDirectory(path.resolve("tables"));
      Files.setOwner(directory, owner);
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where it is mounted. */
  public Path path() {
    return path;
  }

  /** Leaves no room on it. */
  public void fill() {
    byte[] zeros = new byte[1 << 20];
    try (OutputStream filler = Files.newOutputStream(filler())) {
      while (true) {
        filler.write(zeros);
      }
    } catch (IOException e) {
      // It is full.
    }
  }

  /** Makes room on it again. */
  public void free() {
    try {
      Files.deleteIfExists(filler());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      if (Runtime.getRuntime().removeShutdownHook(closeAtExit)) {
        unmount();
      }
    } catch (IllegalStateException e) {
      // This process is about to end: the hook does it.
    }
  }

  private void unmount() {
    try {
      if (run("umount", "-l", path.toString())) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path filler() {
    return path.resolve("filler");
  }

  private static boolean run(String... command) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      return process.waitFor() == 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
