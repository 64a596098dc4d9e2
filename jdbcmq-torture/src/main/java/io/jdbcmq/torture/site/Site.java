package io.jdbcmq.torture.site;

import io.jdbcmq.JobQueue;
import io.jdbcmq.embedded.EmbeddedPostgres;
import io.jdbcmq.job.BlockedChannel;
import io.jdbcmq.job.JobState;
import io.jdbcmq.torture.check.KeptAlive;
import io.jdbcmq.torture.check.Lapse;
import io.jdbcmq.torture.check.Leftovers;
import io.jdbcmq.torture.check.Violation.Promise;
import io.jdbcmq.torture.history.Event;
import io.jdbcmq.torture.history.Event.Act;
import io.jdbcmq.torture.history.Event.Result;
import io.jdbcmq.torture.history.Journal;
import io.jdbcmq.torture.plant.Defect;
import io.jdbcmq.torture.plant.JavaDefect;
import io.jdbcmq.torture.plant.SqlDefect;
import io.jdbcmq.torture.server.ServerPrograms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A durable server, a proxy for each kind of connection, producers and runners as processes. For
 * the thread of the harness.
 */
public final class Site implements AutoCloseable {
  /** Of all runners: short, so that a run sees many end. */
  public static final Duration LEASE = KeptAlive.LEASE;

  static final String SCHEMA = "jdbcmq";

  private final Path folder;
  private final Direct direct;
  private final Optional<SmallDisk> disk;
  private final Optional<FakeClock> clock;
  private final Optional<Path> pooler =
      ServerPrograms.ofThisMachine().find(ServerPrograms.PGBOUNCER);
  private final Proxies proxies;
  private final Fleet fleet;
  private final Map<String, Long> counts = new ConcurrentHashMap<>();
  private final ServerLogs logs;
  private Optional<Standby> promoted = Optional.empty();
  private int operations;

  private Site(
      Path folder,
      long seed,
      int pauseMs,
      EmbeddedPostgres postgres,
      Optional<SmallDisk> disk,
      Optional<FakeClock> clock) {
    this.folder = folder;
    this.direct = new Direct(postgres);
    this.disk = disk;
    this.clock = clock;
    this.proxies = new Proxies(postgres.port());
    this.fleet = new Fleet(folder, seed, pauseMs, direct, proxies);
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

  /** Where the tables of the queue are; empty if that could not be made. */
  public Optional<SmallDisk> disk() {
    return disk;
  }

  /** A clock that can be set; empty if it was not found. */
  public Optional<FakeClock> clock() {
    return clock;
  }

  /** The program of a pooler; empty if it was not found. */
  public Optional<Path> pooler() {
    return pooler;
  }

  /** The server; after a failover, another one. */
  public EmbeddedPostgres postgres() {
    return direct.server();
  }

  /** Lets all go to a standby that was promoted, and deletes the server that it has followed. */
  void switchTo(Standby standby) throws IOException {
    EmbeddedPostgres lost = postgres();
    logs.keep(lost);
    List<Path> tablespaces = BaseBackup.tablespaces(lost.dataDirectory());
    direct.switchTo(standby.server());
    proxies.forwardTo(standby.server().port());
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
    logs.keep(postgres());
    return logs;
  }

  /** The proxies between the processes and the server. */
  public Proxies proxies() {
    return proxies;
  }

  /** The processes. */
  public Fleet fleet() {
    return fleet;
  }

  /** Executes a statement, past the proxies. */
  public void execute(String sql) throws SQLException {
    direct.execute(sql);
  }

  /** Opens a session, past the proxies. */
  public Connection connect() throws SQLException {
    return direct.connect();
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
      fleet.prefer(classes);
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
    return direct.isTrue(
        "select exists (select from jdbcmq.mq_jobs) or exists (select from public.effects)");
  }

  /** How many jobs are live. */
  public long live() throws SQLException {
    return direct.number("select count(*) from jdbcmq.mq_jobs");
  }

  /** What the database holds, and what was found in it before. */
  public Leftovers leftovers(Map<Promise, Set<String>> seen, List<Lapse> more) throws SQLException {
    List<Lapse> lapses = new ArrayList<>(fleet.lapses());
    lapses.addAll(more);
    Map<Promise, Set<String>> all = new EnumMap<>(Promise.class);
    all.putAll(seen);
    all.merge(Promise.LIVENESS, Set.copyOf(fleet.ended()), Site::union);
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      return new Leftovers(
          LastLook.live(statement),
          LastLook.dead(statement),
          LastLook.effects(statement),
          all,
          lapses,
          fleet.late());
    }
  }

  private static Set<String> union(Set<String> some, Set<String> more) {
    Set<String> union = new LinkedHashSet<>(some);
    union.addAll(more);
    return union;
  }

  @Override
  public void close() {
    fleet.close();
    proxies.close();
    promoted.ifPresentOrElse(Standby::close, postgres()::close);
    disk.ifPresent(SmallDisk::close);
  }

  private PGSimpleDataSource dataSource() {
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    dataSource.setUrl(postgres().jdbcUrl());
    return dataSource;
  }
}
