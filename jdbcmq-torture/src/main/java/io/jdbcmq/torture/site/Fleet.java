package io.jdbcmq.torture.site;

import io.jdbcmq.embedded.EmbeddedPostgres;
import io.jdbcmq.torture.check.Lapse;
import io.jdbcmq.torture.check.Violation.Promise;
import io.jdbcmq.torture.history.Event;
import io.jdbcmq.torture.history.Journal;
import io.jdbcmq.torture.role.ProducerProcess;
import io.jdbcmq.torture.role.RunnerProcess;
import io.jdbcmq.torture.role.Settings;
import io.jdbcmq.torture.server.PgBouncer;
import java.io.File;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

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

  /** Much more than any call of a producer may take. */
  private static final int PRODUCER_S = 60;

  /** A process takes its time to start on a busy machine. */
  private static final Duration FIRST_RUN = Duration.ofSeconds(30);

  private final Path folder;
  private final long seed;
  private final int pauseMs;
  private final Direct direct;
  private final Proxies proxies;
  private final List<Child> producers = new ArrayList<>();
  private final List<Child> runners = new ArrayList<>();
  private final List<String> late = new ArrayList<>();
  private final List<Lapse> lapses = new ArrayList<>();
  private final List<String> ended = new ArrayList<>();

  /** All that were ever started, for the end: one that stands still does not end by itself. */
  private final Set<Child> all = ConcurrentHashMap.newKeySet();

  private final Thread killAtExit = new Thread(this::killAll, "fleet");
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
    Runtime.getRuntime().addShutdownHook(killAtExit);
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
    producers.add(producer(settings("producer", proxies.senders())));
  }

  private Child producer(Settings settings) {
    long itsSeed = seed + producersStarted++;
    return start(
        ProducerProcess.class,
        settings,
        List.of(Long.toString(itsSeed), Integer.toString(pauseMs)),
        Map.of());
  }

  private Child start(
      Class<?> main, Settings settings, List<String> more, Map<String, String> environment) {
    Child child = Child.start(main, classPath, settings, more, environment, libraryOfNext());
    all.add(child);
    return child;
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
    Child runner = runner(settings("runner", proxies.claims()), connections, knowsAll, Map.of());
    runners.add(runner);
    if (!knowsAll) {
      ignorant = runner.name();
    }
  }

  private Child runner(
      Settings settings, int connections, boolean knowsAll, Map<String, String> environment) {
    return start(
        RunnerProcess.class,
        settings,
        List.of(Integer.toString(connections), Boolean.toString(knowsAll)),
        environment);
  }

  /** Lets another runner work by this clock for as long as something takes, and kills it then. */
  public void withRunnerBy(FakeClock clock, Pause pause) throws InterruptedException {
    Child runner =
        runner(settings("runner", proxies.claims()), CONNECTIONS, true, clock.environment());
    try {
      pause.pass();
    } finally {
      runner.kill();
    }
  }

  /**
   * Lets another producer and another runner work through a pooler, from the first run on for as
   * long as something takes, and ends them then: heartbeats and notifications go past it. Returns
   * how many runs have begun.
   */
  public long withProcessesThrough(PgBouncer pooler, Pause pause) throws InterruptedException {
    Child producer = producer(pooled("producer", pooler));
    Child runner = runner(pooled("runner", pooler), CONNECTIONS, true, Map.of());
    long end = System.nanoTime() + FIRST_RUN.toNanos();
    try {
      while (runsOf(runner) == 0 && System.nanoTime() < end) {
        Thread.sleep(100);
      }
      pause.pass();
    } finally {
      if (!producer.end(SHUTDOWN_S)) {
        producer.kill();
      }
      end(runner);
    }
    return runsOf(runner);
  }

  private long runsOf(Child runner) {
    return Journal.read(folder, runner.name()).stream()
        .filter(Event.Started.class::isInstance)
        .count();
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
   * Starts processes in the place of those that have died; returns how many runners.
   *
   * @throws IllegalStateException if one has died before it began
   */
  public int replaceDead() {
    for (Child producer : dead(producers)) {
      endedByItself(producer);
      producers.remove(producer);
      startProducer();
    }
    List<Child> dead = dead(runners);
    for (Child runner : dead) {
      runners.remove(runner);
      startRunner();
    }
    return dead.size();
  }

  private static List<Child> dead(List<Child> children) {
    List<Child> dead = children.stream().filter(child -> !child.isAlive()).toList();
    for (Child child : dead) {
      if (child.hasFailedToBegin()) {
        throw new IllegalStateException(
            "%s has ended before it began; see its log".formatted(child.name()));
      }
    }
    return dead;
  }

  /** Handlers end their processes; a producer does not, whatever the library throws. */
  private void endedByItself(Child producer) {
    ended.add(producer.name() + " has ended by itself; see its log");
  }

  /** Ends the producers. */
  public void endProducers() {
    dead(producers).forEach(this::endedByItself);
    for (Child producer : producers) {
      if (!producer.end(PRODUCER_S)) {
        producer.kill();
        ended.add("%s did not end within %d s; see its log".formatted(producer.name(), PRODUCER_S));
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

  /** How producers have ended that should not have; no fault explains it. */
  public List<String> ended() {
    return List.copyOf(ended);
  }

  /** What was found when runners ended. */
  List<Lapse> lapses() {
    return List.copyOf(lapses);
  }

  /** Kills all processes. */
  @Override
  public void close() {
    try {
      if (Runtime.getRuntime().removeShutdownHook(killAtExit)) {
        killAll();
      }
    } catch (IllegalStateException e) {
      // This process is about to end: the hook does it.
    }
  }

  private void killAll() {
    all.forEach(Child::kill);
  }

  private Settings settings(String kind, Proxy proxy) {
    return settings(
        kind + "-" + ++started, proxy.port(), ISOLATIONS.get(started % ISOLATIONS.size()));
  }

  /** A pooler knows neither sessions nor their options, nor what was prepared in them. */
  private Settings pooled(String kind, PgBouncer pooler) {
    return settings(kind + "-" + ++started, pooler.port(), "&prepareThreshold=0");
  }

  private Settings settings(String name, int port, String parameters) {
    return new Settings(
        name,
        url(port, name, parameters, 10),
        url(proxies.heartbeats().port(), name, parameters, 5),
        url(proxies.listeners().port(), name, parameters, 5),
        Site.SCHEMA,
        folder,
        Site.LEASE);
  }

  private static String isolation(String level) {
    String option = "-c default_transaction_isolation=" + level.replace(" ", "\\ ");
    return "&options=" + URLEncoder.encode(option, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private String url(int port, String name, String parameters, int socketTimeout) {
    EmbeddedPostgres server = direct.server();
    return server.jdbcUrl().replace(":" + server.port() + "/", ":" + port + "/")
        + "&connectTimeout=2&socketTimeout=%d&ApplicationName=%s".formatted(socketTimeout, name)
        + parameters;
  }
}
