package io.jdbcmq.torture.site;

import io.jdbcmq.JobQueue;
import io.jdbcmq.embedded.EmbeddedPostgres;
import io.jdbcmq.job.BlockedChannel;
import io.jdbcmq.job.JobState;
import io.jdbcmq.torture.check.KeptAlive;
import io.jdbcmq.torture.check.Lapse;
import io.jdbcmq.torture.check.Leftovers;
import io.jdbcmq.torture.check.Leftovers.Effect;
import io.jdbcmq.torture.check.Violation.Promise;
import io.jdbcmq.torture.history.Event;
import io.jdbcmq.torture.history.Event.Act;
import io.jdbcmq.torture.history.Event.Result;
import io.jdbcmq.torture.history.Journal;
import io.jdbcmq.torture.plant.Defect;
import io.jdbcmq.torture.plant.JavaDefect;
import io.jdbcmq.torture.plant.SqlDefect;
import io.jdbcmq.torture.role.ProducerProcess;
import io.jdbcmq.torture.role.RunnerProcess;
import io.jdbcmq.torture.role.Settings;
import java.io.File;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A durable server, a proxy for each kind of connection, producers and runners as processes. For
 * the thread of the harness.
 */
public final class Site implements AutoCloseable {
  /** Of all runners: short, so that a run sees many end. */
  public static final Duration LEASE = KeptAlive.LEASE;

  private static final String SCHEMA = "jdbcmq";

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
  private volatile EmbeddedPostgres postgres;
  private final Optional<SmallDisk> disk;
  private final Optional<FakeClock> clock;
  private final Proxy senders;
  private final Proxy claims;
  private final Proxy heartbeats;
  private final Proxy listeners;
  private final List<Child> producers = new ArrayList<>();
  private final List<Child> runners = new ArrayList<>();
  private final List<String> late = new ArrayList<>();
  private final List<Lapse> lapses = new ArrayList<>();
  private final Map<String, Long> counts = new ConcurrentHashMap<>();
  private final ServerLogs logs;
  private Optional<Standby> promoted = Optional.empty();
  private Optional<OldLibrary> old = Optional.empty();

  /** The runner that was the last not to know all kinds of work. */
  private String ignorant = "";

  private String classPath = System.getProperty("java.class.path");
  private int started;
  private int operations;
  private int producersStarted;

  private Site(
      Path folder,
      long seed,
      int pauseMs,
      EmbeddedPostgres postgres,
      Optional<SmallDisk> disk,
      Optional<FakeClock> clock) {
    this.folder = folder;
    this.seed = seed;
    this.pauseMs = pauseMs;
    this.postgres = postgres;
    this.disk = disk;
    this.clock = clock;
    this.senders = new Proxy(postgres.port());
    this.claims = new Proxy(postgres.port());
    this.heartbeats = new Proxy(postgres.port());
    this.listeners = new Proxy(postgres.port());
    this.logs = new ServerLogs(folder);
  }

  /**
   * Starts a server and creates what is needed.
   *
   * @param folder for histories and logs
   * @param seed of the producers
   * @param pauseMs mean pause of each thread of a producer between two acts, in milliseconds
   */
  public static Site open(Path folder, long seed, int pauseMs) throws Exception {
    Optional<SmallDisk> disk = SmallDisk.mount();
    EmbeddedPostgres postgres;
    try {
      postgres = EmbeddedPostgres.builder().start();
    } catch (RuntimeException e) {
      disk.ifPresent(SmallDisk::close);
      throw e;
    }
    Site site = new Site(folder, seed, pauseMs, postgres, disk, FakeClock.find(folder));
    if (disk.isPresent()) {
      Path tables = disk.get().directory(Files.getOwner(postgres.dataDirectory()));
      site.execute("create tablespace small location '%s'".formatted(tables));
      site.execute("alter database postgres set default_tablespace = small");
    }
    site.migrate();
    site.execute(
        "create table effects (number bigserial primary key using index tablespace pg_default,"
            + " job uuid not null, run text not null) tablespace pg_default");
    return site;
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

  /** Where the tables of the queue are; empty if that could not be made. */
  public Optional<SmallDisk> disk() {
    return disk;
  }

  /** A clock that can be set; empty if it was not found. */
  public Optional<FakeClock> clock() {
    return clock;
  }

  /** The server; after a failover, another one. */
  public EmbeddedPostgres postgres() {
    return postgres;
  }

  /** Lets all go to a standby that was promoted, and deletes the server that it has followed. */
  void switchTo(Standby standby) throws IOException {
    logs.keep(postgres);
    List<Path> tablespaces = BaseBackup.tablespaces(postgres.dataDirectory());
    EmbeddedPostgres lost = postgres;
    postgres = standby.server();
    proxies().forEach(proxy -> proxy.forwardTo(standby.server().port()));
    promoted.ifPresentOrElse(Standby::close, lost::close);
    promoted = Optional.of(standby);
    for (Path tablespace : tablespaces) {
      Standby.delete(tablespace);
    }
  }

  /** Adds to what is told of the faults at the end. */
  public void count(String what, long number) {
    counts.merge(what, number, Long::sum);
  }

  /** What faults have done, besides how often they struck. */
  public Map<String, Long> counts() {
    return Map.copyOf(counts);
  }

  /** What all servers have logged. To be asked for once, at the end. */
  public ServerLogs logs() throws IOException {
    logs.keep(postgres);
    return logs;
  }

  /** The proxies of senders, of claims and completions, of heartbeats, and of notifications. */
  public List<Proxy> proxies() {
    return List.of(senders, claims, heartbeats, listeners);
  }

  /** The proxies of those who ask for commits: senders, and runners for their handlers. */
  public List<Proxy> committing() {
    return List.of(senders, claims);
  }

  /** The proxy of notifications. */
  public Proxy listeners() {
    return listeners;
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
    Settings settings = settings("producer", senders);
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
        settings("runner", claims),
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
      if (isTrue(
          "select exists (select from jdbcmq.mq_runners where pid = %d)".formatted(runner.pid()))) {
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

  /** Executes a statement, past the proxies. */
  public void execute(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Opens a session, past the proxies. */
  public Connection connect() throws SQLException {
    return DriverManager.getConnection(
        postgres.jdbcUrl() + "&connectTimeout=5&socketTimeout=60&ApplicationName=harness");
  }

  /** Runs the migrations, which change nothing where they have run before. */
  public void migrate() {
    queue().migrate();
  }

  /** The queue, past the proxies. */
  public JobQueue queue() {
    return JobQueue.builder(dataSource()).schema(SCHEMA).build();
  }

  /** Builds a defect into the queue, or into the processes that are started from now on. */
  public void plant(Defect defect) throws SQLException {
    if (defect instanceof SqlDefect sql) {
      try (Connection connection = connect()) {
        sql.into(connection, SCHEMA);
      }
    } else if (defect instanceof JavaDefect java) {
      Path classes = folder.resolve("planted");
      java.into(classes);
      classPath = classes + File.pathSeparator + classPath;
    }
  }

  /** Lets all channels go on that dead jobs hold, as somebody has to. */
  public void unblock(Journal journal) {
    for (BlockedChannel blocked : queue().channels().blocked(100)) {
      if (blocked.headState() == JobState.DEAD) {
        String operation = "unblock-" + ++operations;
        journal.note(
            new Event.Managing(
                System.nanoTime(), "harness", operation, Act.UNBLOCK, blocked.headId(), 0));
        boolean found = queue().channels().unblock(blocked.channel());
        journal.note(
            new Event.Ended(
                System.nanoTime(), "harness", operation, found ? Result.OK : Result.ABSENT));
      }
    }
  }

  /** Whether jobs have been sent. */
  public boolean hasBegun() throws SQLException {
    return isTrue(
        "select exists (select from jdbcmq.mq_jobs) or exists (select from public.effects)");
  }

  private boolean isTrue(String query) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      rows.next();
      return rows.getBoolean(1);
    }
  }

  /** How many jobs are live. */
  public long live() throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select count(*) from jdbcmq.mq_jobs")) {
      rows.next();
      return rows.getLong(1);
    }
  }

  /** What the database holds, and what was found in it before. */
  public Leftovers leftovers(Map<Promise, Set<String>> seen, List<Lapse> more) throws SQLException {
    List<Lapse> all = new ArrayList<>(lapses);
    all.addAll(more);
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      Map<UUID, String> live = new HashMap<>();
      try (ResultSet rows =
          statement.executeQuery(
              """
              select coalesce(headers[array_position(headers, 'origin') + 1]::uuid, id),
                     format('attempt %s, %s', attempt, concat_ws(', ',
                       case when id in (select job_id from jdbcmq.mq_ready) then 'ready' end,
                       case when id in (select job_id from jdbcmq.mq_delayed) then 'delayed' end,
                       case when id in (select job_id from jdbcmq.mq_parked) then 'parked' end,
                       case when id in (select unnest(job_ids) from jdbcmq.mq_claims) then 'claimed' end))
              from jdbcmq.mq_jobs
              """)) {
        while (rows.next()) {
          live.put(rows.getObject(1, UUID.class), rows.getString(2));
        }
      }
      Map<UUID, Integer> dead = new HashMap<>();
      try (ResultSet rows =
          statement.executeQuery(
              "select coalesce(headers[array_position(headers, 'origin') + 1]::uuid, id), attempt"
                  + " from jdbcmq.mq_dead")) {
        while (rows.next()) {
          dead.put(rows.getObject(1, UUID.class), rows.getInt(2));
        }
      }
      List<Effect> effects = new ArrayList<>();
      try (ResultSet rows =
          statement.executeQuery("select number, job, run from effects order by number")) {
        while (rows.next()) {
          effects.add(
              new Effect(rows.getLong(1), rows.getObject(2, UUID.class), rows.getString(3)));
        }
      }
      return new Leftovers(live, dead, effects, seen, all, late);
    }
  }

  @Override
  public void close() {
    for (Child child : producers) {
      child.kill();
    }
    for (Child child : runners) {
      child.kill();
    }
    proxies().forEach(Proxy::close);
    promoted.ifPresentOrElse(Standby::close, postgres::close);
    disk.ifPresent(SmallDisk::close);
  }

  private Settings settings(String kind, Proxy proxy) {
    String name = kind + "-" + ++started;
    String isolation = ISOLATIONS.get(started % ISOLATIONS.size());
    return new Settings(
        name,
        url(proxy, name, isolation, 10),
        url(heartbeats, name, isolation, 5),
        url(listeners, name, isolation, 5),
        SCHEMA,
        folder,
        LEASE);
  }

  private static String isolation(String level) {
    String option = "-c default_transaction_isolation=" + level.replace(" ", "\\ ");
    return "&options=" + URLEncoder.encode(option, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private String url(Proxy proxy, String name, String isolation, int socketTimeout) {
    EmbeddedPostgres server = postgres;
    return server.jdbcUrl().replace(":" + server.port() + "/", ":" + proxy.port() + "/")
        + "&connectTimeout=2&socketTimeout=%d&ApplicationName=%s".formatted(socketTimeout, name)
        + isolation;
  }

  private PGSimpleDataSource dataSource() {
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    dataSource.setUrl(postgres.jdbcUrl());
    return dataSource;
  }
}
