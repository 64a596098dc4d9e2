package io.jdbcmq.embedded;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import org.jspecify.annotations.Nullable;

/** Where unpacked programs are kept, so that the seconds of unpacking are paid once per version. */
final class BinaryCache {
  /** System property that names another directory. */
  static final String LOCATION = "jdbcmq.embedded.cache";

  private static final Object ONE_THREAD = new Object();

  private final Path directory;

  BinaryCache(Path directory) {
    this.directory = directory;
  }

  /**
   * The first place that fits: the configured one, one in the home directory, one for temporary
   * files. A home directory does not fit when {@code user} cannot enter it, as is usual for that of
   * root.
   */
  static BinaryCache choose(ServerUser user) throws IOException {
    var configured = System.getProperty(LOCATION);
    if (configured != null) {
      var directory = Path.of(configured).toAbsolutePath();
      makeDirectory(directory);
      if (!user.canEnter(directory)) {
        throw new EmbeddedPostgresException(
            "The server's user cannot enter " + directory + ": choose another " + LOCATION);
      }
      return new BinaryCache(directory);
    }
    var home = inHome(user);
    return home != null ? home : inTemporaryDirectory(user);
  }

  private static @Nullable BinaryCache inHome(ServerUser user) {
    var home = Path.of(System.getProperty("user.home", ""));
    if (!home.isAbsolute() || !Files.isWritable(home) || !user.canEnter(home)) {
      return null; // the home of a user without passwd entry is "?"
    }
    try {
      var directory = home.resolve(".cache").resolve("jdbcmq");
      makeDirectory(directory);
      return Files.isWritable(directory) && user.canEnter(directory)
          ? new BinaryCache(directory)
          : null;
    } catch (IOException e) {
      return null; // a read-only or full home directory is no reason to give up
    }
  }

  private static BinaryCache inTemporaryDirectory(ServerUser user) throws IOException {
    var temporary = Path.of(System.getProperty("java.io.tmpdir", "")).toAbsolutePath();
    var me = ownerOfNewFiles();
    var directory = temporary.resolve("jdbcmq-" + me.getName().replaceAll("[^\\w.-]", "_"));
    makeDirectory(directory);
    if (!Files.getOwner(directory).equals(me)) {
      throw new EmbeddedPostgresException(
          directory
              + " belongs to another user, whose programs are not run here: set "
              + LOCATION
              + " to a directory of your own");
    }
    if (!user.canEnter(directory)) {
      throw new EmbeddedPostgresException(
          "The server's user cannot enter "
              + directory
              + ": set "
              + LOCATION
              + " to a directory that every user can enter");
    }
    return new BinaryCache(directory);
  }

  private static void makeDirectory(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(directory);
      if (Files.getFileStore(directory).supportsFileAttributeView("posix")) {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
      }
    }
  }

  private static UserPrincipal ownerOfNewFiles() throws IOException {
    var mine = Files.createTempFile("jdbcmq-owner-", "");
    try {
      return Files.getOwner(mine);
    } finally {
      Files.delete(mine);
    }
  }

  /** The directory with the programs of an archive, unpacked on first use. */
  Path unpacked(BinaryArchive archive) throws IOException {
    var name = "postgres-" + archive.fingerprint();
    var target = directory.resolve(name);
    if (Files.isDirectory(target)) {
      return target;
    }
    // A file lock holds off other processes, but not other threads of this one.
    synchronized (ONE_THREAD) {
      try (var channel = FileChannel.open(directory.resolve(name + ".lock"), CREATE, WRITE);
          var lock = channel.lock()) {
        if (lock.isValid() && !Files.isDirectory(target)) {
          var unfinished = directory.resolve(name + ".part");
          Trees.delete(unfinished); // of a process that was killed
          archive.unpack(unfinished);
          Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
        }
      }
    }
    return target;
  }
}
