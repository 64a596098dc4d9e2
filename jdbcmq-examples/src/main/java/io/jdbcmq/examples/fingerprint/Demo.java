package io.jdbcmq.examples.fingerprint;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The demo's command line. */
@Command(
    name = "demo",
    sortOptions = false,
    description = {
      "Records each file of a folder in a table and sends one job per file in the same transaction."
          + " Several runner processes fingerprint the files (SHA-256); one of them is killed in the"
          + " middle, and another one is started. In the end the database is asked whether each"
          + " file has exactly one result.",
      ""
    },
    footer = {
      "",
      "JDBCMQ_URL (a JDBC URL; JDBCMQ_USER and JDBCMQ_PASSWORD, if they are not in it) names a"
          + " PostgreSQL server to use instead of an embedded one. The demo writes to a schema of"
          + " its own there, jdbcmq_demo.",
      "",
      "Exit code: 0 if each file has exactly one result, 1 if not, 2 if the input is bad."
    })
final class Demo implements Callable<Integer> {
  private static final int WRONG = 1;
  private static final int BAD_INPUT = 2;
  private static final int MAX_RUNNERS = 16;

  @Option(
      names = "--folder",
      paramLabel = "DIR",
      description =
          "folder to fingerprint, with all folders below it (default: the class files of the"
              + " running JDK's module java.base)")
  private @Nullable Path folder;

  @Option(
      names = "--runners",
      paramLabel = "N",
      description = "runner processes, 1 to 16 (default: ${DEFAULT-VALUE})")
  private int runners = 3;

  @Option(names = "--no-kill", description = "let all runners live")
  private boolean noKill;

  @Option(names = "--keep", description = "keep the database's data and the runners' logs")
  private boolean keep;

  @Option(names = "--help", usageHelp = true, description = "show this help")
  @SuppressWarnings("UnusedVariable") // picocli reads it
  private boolean help;

  /** Runs the demo and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(run(System.err, args));
  }

  /** Runs the demo and returns its exit code. */
  static int run(PrintStream err, String... args) {
    return new CommandLine(new Demo())
        .setParameterExceptionHandler((e, ignored) -> badInput(err, e))
        .setExecutionExceptionHandler((e, command, parsed) -> failed(err, e))
        .execute(args);
  }

  private static int badInput(PrintStream err, Exception e) {
    String hint = e instanceof ParameterException ? " (--help shows what there is)" : "";
    err.println("demo: " + Text.printable(String.valueOf(e.getMessage())) + hint);
    return BAD_INPUT;
  }

  private static int failed(PrintStream err, Exception e) {
    if (e instanceof BadInputException) {
      return badInput(err, e);
    }
    if (e instanceof DemoFailedException) {
      err.println("demo: " + e.getMessage());
    } else {
      e.printStackTrace(err);
    }
    return WRONG;
  }

  @Override
  public Integer call() throws Exception {
    if (runners < 1 || runners > MAX_RUNNERS) {
      throw new BadInputException("--runners must be 1 to " + MAX_RUNNERS + " but was " + runners);
    }
    FileList files = folder == null ? FileList.ofRunningJdk() : FileList.of(folder);
    return new DemoRun(new Settings(runners, !noKill, keep), files).run() ? 0 : WRONG;
  }
}
