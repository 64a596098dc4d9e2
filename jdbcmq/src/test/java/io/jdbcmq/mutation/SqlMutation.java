package io.jdbcmq.mutation;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.jdbcmq.mutation.TestRun.Verdict;
import io.jdbcmq.testing.TestSchema;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Changes functions of the schema in one place at a time, and runs the integration tests against
 * each change: those that call the function, until one fails. See CONTRIBUTING.md.
 */
public final class SqlMutation {
  private static final Path CLASSES = Path.of("target", "test-classes");
  private static final Path FOLDER = Path.of("target", "sql-mutants");
  private static final Path BASELINE = FOLDER.resolve("baseline.tsv");

  /** Compares texts of functions: it would notice any change. */
  private static final Set<String> LEFT_OUT = Set.of("io.jdbcmq.internal.sql.MigratorIT");

  private static final Duration LONGEST = Duration.ofMinutes(15);

  private final PrintStream out;
  private final Options options;
  private final TestRun runs;

  private SqlMutation(PrintStream out, Options options) {
    this.out = out;
    this.options = options;
    this.runs =
        new TestRun(
            LauncherFactory.create(), FOLDER.resolve("jqwik-database"), SqlMutation::endSessions);
  }

  /**
   * Exit code 1: less was killed than asked for; 2: the command line makes no sense; 3: this has
   * failed itself.
   */
  public static void main(String[] arguments) throws Exception {
    PrintStream out = System.out;
    Options options;
    try {
      options = Options.parse(arguments);
    } catch (IllegalArgumentException e) {
      out.println(e.getMessage());
      out.print(Options.USAGE);
      System.exit(2);
      return;
    }
    Files.createDirectories(FOLDER);
    // What tests log goes to a file, so that the progress stays in sight.
    try (PrintStream log = new PrintStream(FOLDER.resolve("output.txt").toFile(), UTF_8)) {
      System.setOut(log);
      System.setErr(log);
      System.exit(run(out, options));
    }
  }

  private static int run(PrintStream out, Options options) {
    try {
      return new SqlMutation(out, options).run();
    } catch (Exception e) {
      e.printStackTrace(out);
      return 3;
    }
  }

  private int run() throws Exception {
    if (!TestSchema.isServerOwn()) {
      out.println("This changes settings of the server and ends sessions: unset JDBCMQ_URL.");
      return 2;
    }
    List<Mutant> all = mutants();
    List<Mutant> chosen = options.chosen(all);
    out.printf("%d mutants, of which %d are chosen%n", all.size(), chosen.size());
    if (chosen.isEmpty()) {
      out.println("No mutant has such a name: --out DIR writes all of them.");
      return 2;
    }
    if (options.out().isPresent()) {
      write(chosen, options.out().get());
      return 0;
    }
    setUpServer();
    Baseline baseline = options.baseline() ? Baseline.read(BASELINE) : baseline();
    Score score = test(chosen, baseline);
    score.print(out);
    return score.percent() < options.threshold() ? 1 : 0;
  }

  private static List<Mutant> mutants() throws Exception {
    TestSchema schema = TestSchema.open();
    try (Connection connection = schema.direct().getConnection()) {
      connection.setSchema(schema.name());
      connection.setAutoCommit(false);
      return Routines.mutants(connection);
    } finally {
      schema.close();
    }
  }

  private void write(List<Mutant> mutants, Path folder) throws IOException {
    Files.createDirectories(folder);
    for (Mutant mutant : mutants) {
      Files.writeString(folder.resolve(mutant.name() + ".sql"), mutant.sql());
    }
    out.println("Written to " + folder.toAbsolutePath());
  }

  /** It loses everything anyway. */
  private static void setUpServer() {
    execute("alter system set fsync = off");
    execute("alter system set track_functions = 'pl'");
    execute("select pg_reload_conf()");
  }

  /** Runs all tests once; one that does not pass is left out. */
  private Baseline baseline() throws Exception {
    Baseline baseline = new Baseline();
    Companions.Tracking calls = new Companions.Tracking();
    TestSchema.accompany(calls);
    for (String testClass : testClasses()) {
      long begun = System.nanoTime();
      Recorder recorder = new Recorder(calls);
      runs.all(DiscoverySelectors.selectClass(testClass), LONGEST, recorder);
      List<Reach> passed = recorder.passed();
      baseline.add(passed);
      out.printf(
          "%s: %d tests, %.1f s%n", testClass, passed.size(), (System.nanoTime() - begun) / 1e9);
      recorder.failed().forEach(id -> out.println("  failed, left out: " + id));
    }
    if (options.tests().pattern().isEmpty()) {
      baseline.write(BASELINE); // a part would be taken for all by a later run
    }
    TestSchema.accompany(TestSchema.Companion.NONE);
    return baseline;
  }

  private List<String> testClasses() throws IOException {
    try (Stream<Path> files = Files.walk(CLASSES)) {
      return files
          .map(file -> CLASSES.relativize(file).toString())
          .filter(file -> file.endsWith("IT.class"))
          .map(file -> file.replace(".class", "").replace(File.separatorChar, '.'))
          .filter(name -> !LEFT_OUT.contains(name))
          .filter(name -> options.tests().matcher(name).find())
          .sorted()
          .toList();
    }
  }

  private Score test(List<Mutant> chosen, Baseline baseline) throws Exception {
    Score score = new Score();
    long started = System.nanoTime();
    List<Mutant> left = new ArrayList<>(chosen);
    while (!left.isEmpty() && System.nanoTime() - started < options.atMost().toNanos()) {
      Mutant mutant = left.remove(0);
      long begun = System.nanoTime();
      Optional<Kill> kill = kill(mutant, baseline);
      String line = score.add(mutant, kill, (System.nanoTime() - begun) / 1e9);
      out.printf("[%d/%d] %s%n", chosen.size() - left.size(), chosen.size(), line);
      score.write(FOLDER.resolve("mutants.tsv"));
    }
    if (!left.isEmpty()) {
      out.printf("The time is over; %d mutants were not tested.%n", left.size());
    }
    return score;
  }

  private Optional<Kill> kill(Mutant mutant, Baseline baseline) throws InterruptedException {
    String function = mutant.routine().name();
    List<Reach> tests =
        baseline.reaching(function).stream()
            .filter(test -> options.tests().matcher(test.id()).find())
            .toList();
    for (Reach test : tests.subList(0, Math.min(options.most(), tests.size()))) {
      Verdict verdict = run(test, Companions.mutating(mutant));
      // A busy machine makes tests fail, too: only what passes without the mutant tells of it.
      if (!verdict.passed() && run(test, TestSchema.Companion.NONE).passed()) {
        baseline.killed(test, function);
        return Optional.of(new Kill(test.name(), verdict));
      }
    }
    return Optional.empty();
  }

  private Verdict run(Reach test, TestSchema.Companion companion) throws InterruptedException {
    TestSchema.accompany(companion);
    try {
      return runs.of(DiscoverySelectors.selectUniqueId(test.id()), test.limit());
    } finally {
      TestSchema.accompany(TestSchema.Companion.NONE);
    }
  }

  private static void endSessions() {
    execute(
        "select pg_terminate_backend(session.pid) from pg_stat_activity as session"
            + " where session.backend_type = 'client backend' and session.pid <> pg_backend_pid()");
  }

  private static void execute(String sql) {
    try (Connection connection = new TestSchema().direct().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException("the server refused: " + sql, e);
    }
  }
}
