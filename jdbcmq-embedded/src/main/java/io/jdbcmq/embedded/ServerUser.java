package io.jdbcmq.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;

/**
 * The user that the server's programs run as.
 *
 * <p>PostgreSQL refuses to run as root, because whoever gets into the server would own the machine.
 * Build containers run as root all the same; there the programs run as a user who owns nothing
 * else.
 */
final class ServerUser {
  private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(10);
  private static final int NOBODY = 65534;

  private final List<String> prefix;
  private final OptionalInt uid;

  private ServerUser(List<String> prefix, OptionalInt uid) {
    this.prefix = prefix;
    this.uid = uid;
  }

  /** A way to run a command as somebody else; {@code uid} is empty where files keep their owner. */
  private record Way(List<String> prefix, OptionalInt uid) {}

  /** All of them become the command in place: the process that is started is the server. */
  private static final List<Way> WAYS =
      List.of(
          new Way(
              List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"),
              OptionalInt.of(NOBODY)),
          // Needs user namespaces, which default containers refuse. Files still belong to root.
          new Way(List.of("unshare", "-U"), OptionalInt.empty()),
          new Way(
              List.of("chroot", "--userspec=" + NOBODY + ":" + NOBODY, "--groups=", "/"),
              OptionalInt.of(NOBODY)));

  /** The user of this process, or a powerless one when this process belongs to root. */
  static ServerUser choose(Platform platform) {
    return platform.isWindows()
        ? new ServerUser(List.of(), OptionalInt.empty())
        : choose(ServerUser::numberPrintedBy);
  }

  /**
   * Chooses by what commands answer.
   *
   * @param ask runs a command and returns the number that it printed, or nothing if it failed
   */
  static ServerUser choose(Function<List<String>, OptionalInt> ask) {
    var whoAmI = List.of("id", "-u");
    if (ask.apply(whoAmI).orElse(NOBODY) != 0) {
      return new ServerUser(List.of(), OptionalInt.empty());
    }
    var tried = new ArrayList<String>();
    for (var way : WAYS) {
      if (ask.apply(join(way.prefix, whoAmI)).orElse(0) != 0) {
        return new ServerUser(way.prefix, way.uid);
      }
      tried.add(String.join(" ", way.prefix));
    }
    throw new EmbeddedPostgresException(
        "PostgreSQL does not run as root, and no way was found to run it as another user; tried "
            + tried
            + ". Install setpriv (package util-linux), or run as another user,"
            + " or set JDBCMQ_URL to the JDBC URL of a running server.");
  }

  private static OptionalInt numberPrintedBy(List<String> command) {
    try {
      var result = Commands.run(PROBE_TIMEOUT, command);
      return result.succeeded()
          ? OptionalInt.of(Integer.parseInt(result.output().strip()))
          : OptionalInt.empty();
    } catch (IOException | NumberFormatException e) {
      return OptionalInt.empty(); // not installed, refused, or another program of that name
    }
  }

  /** The command as this user has to start it. */
  List<String> command(List<String> command) {
    return join(prefix, command);
  }

  /** Whether this user can reach what is in a directory, through all its parents. */
  boolean canEnter(Path directory) {
    if (prefix.isEmpty()) {
      return Files.isExecutable(directory);
    }
    try {
      return Commands.run(PROBE_TIMEOUT, command(List.of("test", "-x", directory.toString())))
          .succeeded();
    } catch (IOException e) {
      return false;
    }
  }

  /** Hands a file, or a directory with all that is in it, to this user. */
  void own(Path tree) throws IOException {
    if (uid.isEmpty() || ownerOf(tree) == uid.getAsInt()) {
      return;
    }
    try (var paths = Files.walk(tree)) {
      for (var path : (Iterable<Path>) paths::iterator) {
        Files.setAttribute(path, "unix:uid", uid.getAsInt(), LinkOption.NOFOLLOW_LINKS);
      }
    }
  }

  /** Number of the user who owns a file. */
  static int ownerOf(Path path) throws IOException {
    return (Integer) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
  }

  private static List<String> join(List<String> first, List<String> second) {
    var all = new ArrayList<>(first);
    all.addAll(second);
    return List.copyOf(all);
  }
}
