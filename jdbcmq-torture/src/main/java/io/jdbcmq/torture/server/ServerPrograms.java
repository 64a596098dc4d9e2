package io.jdbcmq.torture.server;

import static java.util.Comparator.reverseOrder;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * Finds programs of PostgreSQL, and around it, that this machine has: those of Debian's packages,
 * the newest version first, then those on the {@code PATH}. Immutable.
 */
public final class ServerPrograms {
  /** What a pair of servers takes. */
  public static final List<String> OF_A_PAIR = List.of("initdb", "postgres", "pg_basebackup");

  /** What it takes to dump a database and to restore it. */
  public static final List<String> OF_A_DUMP =
      List.of("initdb", "postgres", "pg_dump", "pg_restore", "psql");

  /** The pooler's name. */
  public static final String PGBOUNCER = "pgbouncer";

  private static final Path VERSIONS = Path.of("/usr/lib/postgresql");

  private final List<Path> directories;

  private ServerPrograms(List<Path> directories) {
    this.directories = directories;
  }

  /** Looks where this machine is likely to have them. */
  public static ServerPrograms ofThisMachine() {
    LinkedHashSet<Path> places = new LinkedHashSet<>(versionsIn(VERSIONS));
    for (String place : String.valueOf(System.getenv("PATH")).split(File.pathSeparator, -1)) {
      if (Path.of(place).isAbsolute()) {
        places.add(Path.of(place));
      }
    }
    places.add(Path.of("/usr/sbin")); // where Debian has the pooler, and not every user's PATH
    return new ServerPrograms(List.copyOf(places));
  }

  /** Looks in these directories, in this order. */
  static ServerPrograms in(List<Path> directories) {
    return new ServerPrograms(List.copyOf(directories));
  }

  /** {@code bin} of each version, the newest first. */
  static List<Path> versionsIn(Path parent) {
    if (!Files.isDirectory(parent)) {
      return List.of();
    }
    List<Integer> versions = new ArrayList<>();
    try (Stream<Path> children = Files.list(parent)) {
      children.forEach(child -> number(child).ifPresent(versions::add));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    versions.sort(reverseOrder());
    return versions.stream().map(v -> parent.resolve(v.toString()).resolve("bin")).toList();
  }

  private static OptionalInt number(Path directory) {
    String name = String.valueOf(directory.getFileName());
    return name.matches("[0-9]{1,3}")
        ? OptionalInt.of(Integer.parseInt(name))
        : OptionalInt.empty();
  }

  /** The first program of this name. */
  public Optional<Path> find(String name) {
    return directories.stream()
        .map(directory -> directory.resolve(name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** The first directory that has all of these, so that they are of one version. */
  public Optional<Path> findTogether(List<String> names) {
    return directories.stream()
        .filter(place -> names.stream().allMatch(n -> Files.isExecutable(place.resolve(n))))
        .findFirst();
  }

  /** What to tell somebody who misses them: what was looked for, where, and what helps. */
  public String missing(List<String> names) {
    return "%s not found together in one of %s: install the packages postgresql and pgbouncer"
        .formatted(names, directories);
  }
}
