package io.jdbcmq.torture.site;

import io.jdbcmq.embedded.EmbeddedPostgres;
import io.jdbcmq.torture.check.Lapse;
import io.jdbcmq.torture.check.Violation.Promise;
import io.jdbcmq.torture.role.ProducerProcess;
import io.jdbcmq.torture.role.RunnerProcess;
import io.jdbcmq.torture.role.Settings;
import java.io.File;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Producers and runners as processes. For the thread of the harness. */
public final class Fleet implements AutoCloseable {
  /**
   * What processes have as default_transaction_isolation, in turn; mostly that of the server, since
   * the stricter levels refuse much of what goes on at once.
   */
  private static final List<String> ISOLATIONS =
      List.of("", "", isolation("repeatable read"), "", "", "", isolation("serializable"));

  /** Of a runner's pool. */
  public static final int CONNECTIONS = 10;

  /** Much more than a runner waits for its handlers. */
  private static final int SHUTDOWN_S = 60;

  private final Path folder;
  private final long seed;
  private final int pauseMs;
  private final Direct direct;
  private final Proxies proxies;
  private final List<Child> producers = new ArrayList<>();
  private final List<Child> runners = new ArrayList<>();
  private final List<String> late = new ArrayList<>();
  private final List<Lapse> lapses = new ArrayList<>();
  private Optional<OldLibrary> old = Optional.empty();

  /** The runner that was the last not to know all kinds of work. */
  private String ignorant = "";

  private String classPath = System.getProperty("java.class.path");
  private int started;
  private int producersStarted;

  /**
   * Without processes yet.
   *
   * @param folder for histories and logs
   * @param seed of the producers
   * @param pauseMs mean pause of each thread of a producer between two acts, in milliseconds
   */
  Fleet(Path folder, long seed, int pauseMs, Direct direct, Proxies proxies) {
    this.folder = folder;
    this.seed = seed;
    this.pauseMs = pauseMs;
    this.direct = direct;
    this.proxies = proxies;
  }

  /** Lets every second process from now on use another version of the library. */
  public void mix(OldLibrary library) {
    old = Optional.of(library);
  }

  /** Of the process whose settings were made last. */
  private Optional<OldLibrary> libraryOfNext() {
    Optional<OldLibrary> library = old.filter(there -> started % 2 == 0);
    library.ifPresent(there -> System.out.printf("  process %d with %s%n", started, there.jar()));
    return library;
  }

  /** Lets processes from now on find these classes first. */
  void prefer(Path classes) {
    classPath = classes + File.pathSeparator + classPath;
  }

  /** The producers that were started last. */
  public List<Child> producers() {
    return List.copyOf(producers);
  }

  /** The runners that were started last. */
  public List<Child> runners() {
    return List.copyOf(runners);
  }

  /** Starts a process of producers. */
  public void startProducer() {
    Settings settings = settings("producer", proxies.senders());
    long itsSeed = seed + producersStarted++;
    producers.add(
        Child.start(
            ProducerProcess.class,
            classPath,
            settings,
            List.of(Long.toString(itsSeed), Integer.toString(pauseMs)),
            Map.of(),
            libraryOfNext()));
  }

  /** Kills a producer, and starts another one. */
  public void replace(Child producer) {
    producer.kill();
    producers.remove(producer);
    startProducer();
  }

  /** Starts a runner. */
  public void startRunner() {
    startRunner(CONNECTIONS);
  }

  private void startRunner(int connections) {
    // One at most, so that there is always somebody who knows what it hands back.
    boolean knowsAll = runners.stream().anyMatch(runner -> runner.name().equals(ignorant));
    Child runner = runner(connections, knowsAll, Map.of());
    runners.add(runner);
    if (!knowsAll) {
      ignorant = runner.name();
    }
  }

  private Child runner(int connections, boolean knowsAll, Map<String, String> environment) {
    return Child.start(
        RunnerProcess.class,
        classPath,
        settings("runner", proxies.claims()),
        List.of(Integer.toString(connections), Boolean.toString(knowsAll)),
        environment,
        libraryOfNext());
  }

  /** Lets another runner work by this clock for as long as something takes, and kills it then. */
  public void withRunnerBy(FakeClock clock, Pause pause) throws InterruptedException {
    Child runner = runner(CONNECTIONS, true, clock.environment());
    try {
      pause.pass();
    } finally {
      runner.kill();
    }
  }

  /** Something that takes a while. */
  @FunctionalInterface
  public interface Pause {
    /** Returns when it is over. */
    void pass() throws InterruptedException;
  }

  /**
   * Lets a runner shut down, and starts another one with so many connections. Kills it if it does
   * not end.
   */
  public void retire(Child runner, int connections) {
    runners.remove(runner);
    startRunner(connections);
    end(runner);
  }

  private void end(Child runner) {
    boolean died = !runner.isAlive();
    if (!runner.end(SHUTDOWN_S)) {
      late.add(runner.name());
      runner.kill();
    } else if (!died && runner.hasEndedWell()) {
      requireNoLease(runner);
    }
  }

  /** A runner that has shut down has nothing left that somebody would have to take from it. */
  private void requireNoLease(Child runner) {
    try {
      if (direct.isTrue(
          """
              select exists (
                select from jdbcmq.mq_runners where pid = %d and lease_ends_at > clock_timestamp())
              """
              .formatted(runner.pid()))) {
        lapses.add(
            new Lapse(
                System.nanoTime(),
                Promise.SHUTDOWN,
                runner.name() + " has ended, and keeps its lease"));
      }
    } catch (SQLException e) {
      // The server is away: so it was for the runner.
    }
  }

  /**
   * Starts runners in the place of those that have died; returns how many.
   *
   * @throws IllegalStateException if one has died before it began, or a producer by itself
   */
  public int replaceDead() {
    requireProducers();
    List<Child> dead = runners.stream().filter(runner -> !runner.isAlive()).toList();
    for (Child runner : dead) {
      if (runner.hasFailedToBegin()) {
        throw new IllegalStateException(
            "%s has ended before it began; see its log".formatted(runner.name()));
      }
      runners.remove(runner);
      startRunner();
    }
    return dead.size();
  }

  private void requireProducers() {
    for (Child producer : producers) {
      if (!producer.isAlive()) {
        throw new IllegalStateException(
            "%s has ended by itself; see its log".formatted(producer.name()));
      }
    }
  }

  /** Ends the producers. */
  public void endProducers() {
    requireProducers();
    for (Child producer : producers) {
      if (!producer.end(60)) {
        throw new IllegalStateException(
            "%s has not ended within 60 s; see its log".formatted(producer.name()));
      }
    }
    producers.clear();
  }

  /** Ends the runners. Returns those that had to be killed, now or when they were to retire. */
  public List<String> endRunners() {
    runners.forEach(this::end);
    return List.copyOf(late);
  }

  /** Runners that did not end when they were told to. */
  List<String> late() {
    return List.copyOf(late);
  }

  /** What was found when runners ended. */
  List<Lapse> lapses() {
    return List.copyOf(lapses);
  }

  /** Kills all processes. */
  @Override
  public void close() {
    producers.forEach(Child::kill);
    runners.forEach(Child::kill);
  }

  private Settings settings(String kind, Proxy proxy) {
    String name = kind + "-" + ++started;
    String isolation = ISOLATIONS.get(started % ISOLATIONS.size());
    return new Settings(
        name,
        url(proxy, name, isolation, 10),
        url(proxies.heartbeats(), name, isolation, 5),
        url(proxies.listeners(), name, isolation, 5),
        Site.SCHEMA,
        folder,
        Site.LEASE);
  }

  private static String isolation(String level) {
    String option = "-c default_transaction_isolation=" + level.replace(" ", "\\ ");
    return "&options=" + URLEncoder.encode(option, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private String url(Proxy proxy, String name, String isolation, int socketTimeout) {
    EmbeddedPostgres server = direct.server();
    return server.jdbcUrl().replace(":" + server.port() + "/", ":" + proxy.port() + "/")
        + "&connectTimeout=2&socketTimeout=%d&ApplicationName=%s".formatted(socketTimeout, name)
        + isolation;
  }
}
