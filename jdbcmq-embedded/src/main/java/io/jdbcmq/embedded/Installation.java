package io.jdbcmq.embedded;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The server's programs, ready to run, and the user to run them as. */
record Installation(Path home, Platform platform, ServerUser user, List<String> detach) {
  private static final Duration COMMAND_TIMEOUT = Duration.ofMinutes(2);

  /** The programs for this platform, unpacked on first use. */
  static Installation forThisPlatform() throws IOException {
    var platform = Platform.current();
    var archive = BinaryArchive.onClassPath(platform);
    var user = ServerUser.choose(platform);
    var home = BinaryCache.choose(user).unpacked(archive);
    return new Installation(home, platform, user, awayFromTerminal());
  }

  /**
   * Ctrl-C reaches every process of a terminal's foreground group. A server outside of it lives on
   * until this process has put its affairs in order.
   */
  private static List<String> awayFromTerminal() {
    var setsid = List.of("setsid");
    try {
      return Commands.run(COMMAND_TIMEOUT, List.of("setsid", "true")).succeeded()
          ? setsid
          : List.of();
    } catch (IOException e) {
      return List.of(); // not installed: then the server ends together with this process
    }
  }

  /** The command line of the server itself. */
  List<String> server(List<String> arguments) {
    var command = new ArrayList<>(detach);
    command.addAll(command("postgres", arguments));
    return command;
  }

  private List<String> command(String program, List<String> arguments) {
    var command = new ArrayList<String>();
    var file = platform.isWindows() ? program + ".exe" : program;
    command.add(home.resolve("bin").resolve(file).toString());
    command.addAll(arguments);
    return user.command(command);
  }

  /** Runs a program to its end. */
  void run(String program, List<String> arguments) throws IOException {
    var result = Commands.run(COMMAND_TIMEOUT, command(program, arguments));
    if (!result.succeeded()) {
      throw new EmbeddedPostgresException(
          program
              + " "
              + arguments
              + " ended with exit code "
              + result.exitCode()
              + ":\n"
              + result.output());
    }
  }

  /** Sends a signal by the server's own means, which work on Windows too. */
  void signal(String name, long pid) throws IOException {
    run("pg_ctl", List.of("kill", name, Long.toString(pid)));
  }
}
