package io.jdbcmq.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The data directory of one server, held by one process at a time.
 *
 * <p>The file lock tells an orphan from a server in use: it is free as soon as the process that
 * held it is gone, however it ended, while the server that the process had started may live on.
 */
final class DataDirectory implements AutoCloseable {
  private static final int LOG_TAIL_BYTES = 4_000;
  private static final int DIRECTORY_LINE = 1;
  private static final int STATUS_LINE = 7;

  private final Path path;
  private final Optional<Path> deleteOnClose;
  private final FileChannel lock;

  private DataDirectory(Path path, Optional<Path> deleteOnClose, FileChannel lock) {
    this.path = path;
    this.deleteOnClose = deleteOnClose;
    this.lock = lock;
  }

  /** A fresh directory, deleted on close. */
  static DataDirectory temporary(Installation installation) throws IOException {
    var parent = Files.createTempDirectory("jdbcmq-postgres-");
    try {
      installation.user().own(parent);
      return open(parent.resolve("data"), Optional.of(parent), installation);
    } catch (IOException | RuntimeException e) {
      Trees.delete(parent);
      throw e;
    }
  }

  /** A directory that stays: filled on first use, left as it is on close. */
  static DataDirectory lasting(Path path, Installation installation) throws IOException {
    var absolute = path.toAbsolutePath().normalize();
    Files.createDirectories(absolute.resolveSibling("."));
    return open(absolute, Optional.empty(), installation);
  }

  private static DataDirectory open(Path path, Optional<Path> deleteOnClose, Installation by)
      throws IOException {
    var parent = path.resolveSibling(".").normalize().toRealPath();
    if (!by.user().canEnter(parent)) {
      throw new EmbeddedPostgresException(
          "The server's user cannot enter "
              + parent
              + ": choose a data directory that it can reach, or run as another user than root");
    }
    var real = parent.resolve(path.getFileName());
    if (!Files.exists(real.resolve("PG_VERSION"))) {
      initialise(real, by);
    }
    var lock = lock(real);
    by.user().own(real);
    return new DataDirectory(real, deleteOnClose, lock);
  }

  /**
   * Fills a directory beside the wanted one and renames it, so that there is no half of a cluster.
   */
  private static void initialise(Path path, Installation installation) throws IOException {
    if (Files.exists(path, NOFOLLOW_LINKS) && !Files.isDirectory(path, NOFOLLOW_LINKS)) {
      throw new EmbeddedPostgresException(path + " is not a directory: choose another one");
    }
    try {
      Files.deleteIfExists(path);
    } catch (DirectoryNotEmptyException e) {
      throw new EmbeddedPostgresException(
          path + " is not empty, and not the data directory of a server: choose another one", e);
    }
    var unfinished =
        Files.createTempDirectory(path.resolveSibling("."), path.getFileName() + ".new-");
    try {
      installation.user().own(unfinished);
      installation.run(
          "initdb",
          List.of(
              "--pgdata=" + unfinished.normalize(),
              "--username=" + EmbeddedPostgres.USER,
              "--auth=trust",
              "--encoding=UTF8",
              "--locale=C",
              "--no-sync")); // nobody has put anything into it that could be lost
      Files.move(unfinished, path);
    } finally {
      Trees.delete(unfinished);
    }
  }

  private static FileChannel lock(Path directory) throws IOException {
    var channel = FileChannel.open(directory.resolve("jdbcmq.lock"), CREATE, WRITE);
    try {
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      // held by this very process
    }
    channel.close();
    throw new EmbeddedPostgresException(
        "The data directory " + directory + " is in use by a server that somebody else started");
  }

  Path path() {
    return path;
  }

  /** File that the server writes its messages to. */
  Path log() {
    return path.resolve("server.log");
  }

  long logSize() throws IOException {
    return Files.exists(log()) ? Files.size(log()) : 0;
  }

  /** The last lines of the server's messages, of those after {@code start} bytes. */
  String logTail(long start) {
    try (var file = new RandomAccessFile(log().toFile(), "r")) {
      var from = Math.max(start, file.length() - LOG_TAIL_BYTES);
      var bytes = new byte[(int) Math.max(0, file.length() - from)];
      file.seek(from);
      file.readFully(bytes);
      return new String(bytes, UTF_8);
    } catch (IOException e) {
      return "(the log " + log() + " could not be read: " + e.getMessage() + ")";
    }
  }

  /** The server that runs in this directory, whoever started it. */
  Optional<ProcessHandle> runningServer() throws IOException {
    var lines = pidFile();
    if (lines.size() <= DIRECTORY_LINE || !path.equals(Path.of(lines.get(DIRECTORY_LINE)))) {
      return Optional.empty(); // not there, being written, or of a copied directory
    }
    return ProcessHandle.of(Long.parseLong(lines.get(0).strip())).filter(this::isServerOfThis);
  }

  /** Whether a server runs here that has opened its port and takes connections. */
  boolean isServerReady() throws IOException {
    var lines = pidFile();
    return lines.size() > STATUS_LINE
        && lines.get(STATUS_LINE).strip().equals("ready")
        && runningServer().isPresent(); // the file of a killed server says ready for ever
  }

  private List<String> pidFile() throws IOException {
    try {
      return Files.readAllLines(path.resolve("postmaster.pid"), UTF_8);
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  /** A number in a stale file may have been given to another process since. */
  private boolean isServerOfThis(ProcessHandle process) {
    var info = process.info();
    var isPostgres =
        info.command()
            .map(command -> String.valueOf(Path.of(command).getFileName()).startsWith("postgres"));
    var isHere = info.arguments().map(arguments -> List.of(arguments).contains(path.toString()));
    return process.isAlive() && isPostgres.orElse(true) && isHere.orElse(true);
  }

  @Override
  public void close() throws IOException {
    lock.close();
    if (deleteOnClose.isPresent()) {
      Trees.delete(deleteOnClose.get());
    }
  }
}
