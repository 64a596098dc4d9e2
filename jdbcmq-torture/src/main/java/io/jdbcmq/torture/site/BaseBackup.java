package io.jdbcmq.torture.site;

import io.jdbcmq.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Copies the data of a server while it works, as {@code pg_basebackup} does, which the embedded
 * server does not bring: by the functions that PostgreSQL has for that.
 */
final class BaseBackup {
  private static final String TABLESPACES = "pg_tblspc";

  private static final String LABEL = "backup_label";

  /** The content belongs to a running server, or comes from the primary: only the folder counts. */
  private static final Set<String> EMPTIED =
      Set.of(
          "pg_wal",
          "pg_replslot",
          "pg_dynshmem",
          "pg_notify",
          "pg_serial",
          "pg_snapshots",
          "pg_stat_tmp",
          "pg_subtrans");

  private static final Set<String> LEFT_OUT =
      Set.of("postmaster.pid", "postmaster.opts", "server.log", "jdbcmq.lock");

  /** Temporary files, caches, and the socket. */
  private static final List<String> LEFT_OUT_BY_PREFIX =
      List.of("pgsql_tmp", "pg_internal.init", ".s.PGSQL.");

  private final UserPrincipal owner;

  private BaseBackup(UserPrincipal owner) {
    this.owner = owner;
  }

  /**
   * Copies a server's data to a new directory, and each tablespace to a new one beside its own. The
   * copy needs the log from the beginning of the backup on, which the caller has to keep.
   */
  static void copy(EmbeddedPostgres primary, Path target) throws IOException, SQLException {
    Path source = primary.dataDirectory();
    BaseBackup backup = new BaseBackup(Files.getOwner(source));
    boolean isOld = primary.version() < 15;
    try (Connection connection = DriverManager.getConnection(primary.jdbcUrl());
        Statement statement = connection.createStatement()) {
      statement.execute(
          isOld
              ? "select pg_start_backup('standby', true, false)"
              : "select pg_backup_start('standby', true)");
      backup.copyTree(source, target);
      try (ResultSet rows =
          statement.executeQuery(
              "select labelfile from "
                  + (isOld ? "pg_stop_backup(false, false)" : "pg_backup_stop(false)"))) {
        rows.next();
        backup.write(target.resolve(LABEL), rows.getString(1));
      }
    }
    // No tablespace_map: it would lead to the tablespaces of the primary.
  }

  /** Where the tablespaces of a server are. */
  static List<Path> tablespaces(Path data) throws IOException {
    List<Path> targets = new ArrayList<>();
    try (Stream<Path> links = Files.list(data.resolve(TABLESPACES))) {
      for (Path link : links.toList()) {
        targets.add(Files.readSymbolicLink(link));
      }
    }
    return targets;
  }

  private void write(Path file, String text) throws IOException {
    Files.writeString(file, text);
    own(file);
  }

  private void own(Path path) throws IOException {
    Files.setOwner(path, owner);
  }

  private void copyTree(Path source, Path target) throws IOException {
    Files.walkFileTree(
        source,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
              throws IOException {
            Path copy = target.resolve(source.relativize(directory));
            String name = directory.getFileName().toString();
            if (isLeftOut(name)) {
              return FileVisitResult.SKIP_SUBTREE;
            }
            if (!directory.equals(source) || !Files.exists(copy)) {
              Files.createDirectory(
                  copy,
                  PosixFilePermissions.asFileAttribute(
                      PosixFilePermissions.fromString("rwx------")));
            }
            own(copy);
            return EMPTIED.contains(name) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Path copy = target.resolve(source.relativize(file));
            if (attributes.isSymbolicLink()) {
              Files.createSymbolicLink(copy, copyTablespace(Files.readSymbolicLink(file)));
            } else if (attributes.isRegularFile() && !isLeftOut(file.getFileName().toString())) {
              copyFile(file, copy);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure)
              throws IOException {
            if (failure instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE; // the log tells the standby that it was deleted
            }
            throw failure;
          }
        });
  }

  private Path copyTablespace(Path source) throws IOException {
    Path target = Files.createTempDirectory(source.resolveSibling(".").normalize(), "tables-");
    copyTree(source, target);
    return target;
  }

  /** What changes meanwhile may be copied in part: the standby gets whole pages from the log. */
  private void copyFile(Path source, Path target) throws IOException {
    try {
      Files.copy(source, target, StandardCopyOption.COPY_ATTRIBUTES);
      own(target);
    } catch (NoSuchFileException e) {
      Files.deleteIfExists(target);
    }
  }

  private static boolean isLeftOut(String name) {
    return LEFT_OUT.contains(name) || LEFT_OUT_BY_PREFIX.stream().anyMatch(name::startsWith);
  }
}
