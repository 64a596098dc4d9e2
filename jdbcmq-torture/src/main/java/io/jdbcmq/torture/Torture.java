package io.jdbcmq.torture;

import io.jdbcmq.torture.fault.Fault;
import io.jdbcmq.torture.plant.Defect;
import io.jdbcmq.torture.plant.KnownDefect;
import io.jdbcmq.torture.plant.PlantException;
import io.jdbcmq.torture.plant.Script;
import io.jdbcmq.torture.site.OldLibrary;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Attacks the queue, and checks what became of its promises. */
@Command(
    name = "torture",
    mixinStandardHelpOptions = true,
    exitCodeOnExecutionException = 3,
    description =
        "Producers and runners, each a process, work on a real PostgreSQL while faults strike; then"
            + " all they noted is compared with what is left. Ends with 0 if every promise was kept,"
            + " with 1 if one was not, with 3 if the harness itself failed, with 4 if nothing"
            + " has happened, or if a run of 180 s or more with all faults has not shown enough.")
public final class Torture implements Callable<Integer> {
  private static final int LONGEST_PAUSE_MS = 3_600_000;

  @SuppressWarnings("NullAway.Init") // set by picocli
  @Spec
  private CommandSpec spec;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description = "how long jobs are sent, 10 or more; ${DEFAULT-VALUE} otherwise")
  private int seconds = 60;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description =
          "decides what is sent and which faults strike, by chance otherwise. Not in which order"
              + " the machine runs what goes on at once.")
  private long seed = ThreadLocalRandom.current().nextInt(1_000_000);

  @Option(
      names = "--pause",
      paramLabel = "MS",
      description =
          "mean pause of each of the eight threads that send, in milliseconds; ${DEFAULT-VALUE}"
              + " otherwise")
  private int pause = 20;

  @Option(
      names = "--every",
      paramLabel = "MS",
      description =
          "mean pause between two strikes of faults, in milliseconds; ${DEFAULT-VALUE} otherwise")
  private int every = 750;

  @Option(
      names = "--faults",
      split = ",",
      paramLabel = "NAME",
      description = "which may strike, separated by commas; all otherwise; none: nothing strikes")
  private List<String> faults = new ArrayList<>();

  @Option(
      names = "--plant",
      paramLabel = "NAME",
      description = "builds a defect in first, which is to be found: ${COMPLETION-CANDIDATES}",
      completionCandidates = PlantNames.class,
      converter = PlantNames.class)
  private Optional<KnownDefect> plant = Optional.empty();

  @Option(
      names = "--sql",
      paramLabel = "FILE",
      description =
          "builds in a defect of your own: a script that is run in the queue's schema first, such as"
              + " a function that is created or replaced")
  private Optional<Path> script = Optional.empty();

  @Option(
      names = "--folder",
      paramLabel = "FOLDER",
      description =
          "where histories, logs and report.json go: a new folder, or an empty one; one below"
              + " target/torture otherwise")
  private Optional<Path> folder = Optional.empty();

  @Option(
      names = "--old-lib",
      paramLabel = "JAR",
      description =
          "every second process uses this jar of the core, of another version, instead of the"
              + " present one")
  private Optional<Path> oldLib = Optional.empty();

  @Option(
      names = "--test-the-tester",
      description =
          "builds in each defect in turn, with the faults that it needs, and stops as soon as it is"
              + " found, after three runs of --seconds at most; ends with 1 if one is not found")
  private boolean testsTheTester;

  @Option(names = "--list", description = "show the faults, and stop")
  private boolean list;

  /** Runs the command. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Torture()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    if (list) {
      Arrays.stream(Fault.values()).map(Fault::text).forEach(System.out::println);
      return 0;
    }
    if (seconds < 10) {
      throw new ParameterException(
          spec.commandLine(), "--seconds must be 10 or more but was " + seconds);
    }
    if (pause < 0 || every < 0 || pause > LONGEST_PAUSE_MS || every > LONGEST_PAUSE_MS) {
      throw new ParameterException(
          spec.commandLine(),
          "--pause and --every must be from 0 to %d but were %d and %d"
              .formatted(LONGEST_PAUSE_MS, pause, every));
    }
    Set<Fault> chosen = chosen();
    Optional<Defect> defect = defect();
    Optional<OldLibrary> library = oldLibrary();
    if (testsTheTester && (!faults.isEmpty() || defect.isPresent() || library.isPresent())) {
      throw new ParameterException(
          spec.commandLine(),
          "--test-the-tester chooses faults and defects by itself: leave --faults, --plant, --sql"
              + " and --old-lib out");
    }
    Path where = folder.isPresent() ? requireFree(folder.get()) : freeFolder();
    System.out.printf(
        "seed %d, %d s, pause %d ms, every %d ms, faults: %s%nhistories and logs: %s%n",
        seed,
        seconds,
        pause,
        every,
        chosen.isEmpty()
            ? "none"
            : chosen.stream().map(Fault::text).collect(Collectors.joining(", ")),
        where);
    Plan plan = new Plan(where, seed, seconds, pause, every, List.copyOf(chosen), defect, library);
    try {
      return testsTheTester ? trial(where) : play(plan);
    } catch (PlantException e) {
      System.out.println("verdict: none, since the defect cannot be built in: " + e.getMessage());
      return spec.exitCodeOnExecutionException();
    } catch (OutOfMemoryError e) {
      System.out.printf(
          "verdict: none, since the check needs more memory than the %d MiB it has: %s%n",
          Runtime.getRuntime().maxMemory() >> 20, e.getMessage());
      return spec.exitCodeOnExecutionException();
    } catch (Exception e) {
      e.printStackTrace(); // for whoever has to mend the harness
      System.out.println("verdict: none, since the harness has failed: " + e.getMessage());
      return spec.exitCodeOnExecutionException();
    }
  }

  private int trial(Path where) throws Exception {
    return new Trial(where, seed, seconds, pause, every).run() ? 0 : 1;
  }

  private static int play(Plan plan) throws Exception {
    Report report = new Course(plan).run();
    report.print(System.out);
    report.write(plan.folder());
    System.out.println("verdict: " + report.verdict().text());
    return report.verdict().exitCode();
  }

  private Path requireFree(Path chosen) throws IOException {
    if (Files.exists(chosen) && !Files.isDirectory(chosen)) {
      throw new ParameterException(
          spec.commandLine(), "%s is not a folder: choose another --folder".formatted(chosen));
    }
    if (Files.exists(chosen) && !isEmpty(chosen)) {
      throw new ParameterException(
          spec.commandLine(), "%s is not empty: choose another --folder".formatted(chosen));
    }
    return Files.createDirectories(chosen);
  }

  /** Of a seed that is played again, perhaps at the same time, the next one. */
  private Path freeFolder() throws IOException {
    Path parent = Files.createDirectories(Path.of("target", "torture"));
    Path where = parent.resolve("seed-" + seed);
    for (int i = 2; ; i++) {
      try {
        return Files.createDirectory(where);
      } catch (FileAlreadyExistsException e) {
        where = parent.resolve("seed-%d-%d".formatted(seed, i));
      }
    }
  }

  private Optional<Defect> defect() {
    if (script.isEmpty()) {
      return plant.map(KnownDefect::defect);
    }
    if (plant.isPresent()) {
      throw new ParameterException(
          spec.commandLine(), "--plant and --sql do not go together: choose one of them");
    }
    try {
      return Optional.of(new Script(script.get().toString(), Files.readString(script.get())));
    } catch (IOException e) {
      throw new ParameterException(
          spec.commandLine(), "--sql %s cannot be read: %s".formatted(script.get(), e), e);
    }
  }

  private Optional<OldLibrary> oldLibrary() {
    oldLib
        .filter(jar -> !Files.isRegularFile(jar))
        .ifPresent(
            jar -> {
              throw new ParameterException(
                  spec.commandLine(), "--old-lib %s is not a file".formatted(jar));
            });
    return oldLib.map(OldLibrary::new);
  }

  private Set<Fault> chosen() {
    if (faults.isEmpty()) {
      return EnumSet.allOf(Fault.class);
    }
    Set<Fault> chosen = EnumSet.noneOf(Fault.class);
    for (String name : faults) {
      if (!name.equals("none")) {
        chosen.add(
            Fault.named(name)
                .orElseThrow(
                    () ->
                        new ParameterException(
                            spec.commandLine(),
                            "no fault is named '%s': --list shows them".formatted(name))));
      }
    }
    return chosen;
  }

  private static boolean isEmpty(Path path) throws IOException {
    try (var entries = Files.list(path)) {
      return entries.findAny().isEmpty();
    }
  }

  /** Names of defects. */
  static final class PlantNames implements Iterable<String>, ITypeConverter<KnownDefect> {
    @Override
    public Iterator<String> iterator() {
      return KnownDefect.all().stream().map(KnownDefect::name).iterator();
    }

    @Override
    public KnownDefect convert(String name) {
      return KnownDefect.named(name)
          .orElseThrow(() -> new TypeConversionException("no defect is named '" + name + "'"));
    }
  }
}
