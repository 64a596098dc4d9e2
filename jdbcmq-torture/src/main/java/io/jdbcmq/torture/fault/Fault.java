package io.jdbcmq.torture.fault;

import io.jdbcmq.embedded.EmbeddedPostgres;
import io.jdbcmq.torture.server.PgBouncer;
import io.jdbcmq.torture.site.Child;
import io.jdbcmq.torture.site.Failover;
import io.jdbcmq.torture.site.FakeClock;
import io.jdbcmq.torture.site.Fleet;
import io.jdbcmq.torture.site.Proxy;
import io.jdbcmq.torture.site.Site;
import io.jdbcmq.torture.site.SmallDisk;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/** What can go wrong; each strikes once, and is over when it returns. */
public enum Fault {
  /** A runner is killed. */
  KILL {
    @Override
    public void strike(Site site, Random random) {
      pick(site.fleet().runners(), random).kill();
    }
  },
  /** A producer is killed, and another one takes its place. */
  KILL_PRODUCER {
    @Override
    public void strike(Site site, Random random) {
      site.fleet().replace(pick(site.fleet().producers(), random));
    }
  },
  /** A runner shuts down, and another one takes its place, as in a deploy. */
  RETIRE {
    @Override
    public void strike(Site site, Random random) {
      site.fleet().retire(pick(site.fleet().runners(), random), Fleet.CONNECTIONS);
    }
  },
  /** Another runner takes the place of one, with a pool that is too small for its handlers. */
  SMALL_POOL {
    @Override
    public void strike(Site site, Random random) {
      site.fleet().retire(pick(site.fleet().runners(), random), 3);
    }
  },
  /** A runner stands still for longer than its lease, and goes on. */
  PAUSE {
    @Override
    public void strike(Site site, Random random) throws InterruptedException {
      Child runner = pick(site.fleet().runners(), random);
      runner.pause();
      try {
        Thread.sleep(Site.LEASE.toMillis() * 2);
      } finally {
        runner.resume();
      }
    }
  },
  /** All threads of the machine have something else to do. */
  STARVE {
    @Override
    public void strike(Site site, Random random) throws InterruptedException {
      List<Thread> spinning = new ArrayList<>();
      for (int i = 0; i < 4 * Runtime.getRuntime().availableProcessors(); i++) {
        Thread thread = new Thread(Fault::spin, "starve");
        thread.start();
        spinning.add(thread);
      }
      Thread.sleep(3_000);
      spinning.forEach(Thread::interrupt);
      for (Thread thread : spinning) {
        thread.join();
      }
    }
  },
  /** Sessions are terminated. */
  TERMINATE(true) {
    @Override
    public void strike(Site site, Random random) throws SQLException {
      site.execute(somebody("pg_terminate_backend(pid)", random));
    }
  },
  /** Statements are cancelled. */
  CANCEL(true) {
    @Override
    public Optional<String> logged() {
      return Optional.of("canceling statement due to user request");
    }

    @Override
    public void strike(Site site, Random random) throws SQLException, InterruptedException {
      for (int i = 0; i < 20; i++) {
        site.execute(somebody("pg_cancel_backend(pid)", random));
        Thread.sleep(20);
      }
    }
  },
  /** The server is killed, as a power cut would, and started again after a moment. */
  CRASH(true) {
    @Override
    public void strike(Site site, Random random) throws Exception {
      site.postgres().kill();
      Thread.sleep(random.nextInt(1_500));
      site.postgres().restart();
    }
  },
  /** The server is stopped without a checkpoint, and started again. */
  IMMEDIATE_RESTART(true) {
    @Override
    public void strike(Site site, Random random) {
      site.postgres().stop(EmbeddedPostgres.Mode.IMMEDIATE);
      site.postgres().restart();
    }
  },
  /** The server is stopped in an orderly way, and started again. */
  FAST_RESTART(true) {
    @Override
    public void strike(Site site, Random random) {
      site.postgres().stop(EmbeddedPostgres.Mode.FAST);
      site.postgres().restart();
    }
  },
  /** The server is lost, and its synchronous standby takes its place. */
  FAILOVER(true) {
    @Override
    public Set<String> counted() {
      return Set.of(Failover.NOT_AWAITED);
    }

    @Override
    public void strike(Site site, Random random) throws Exception {
      Failover.strike(site, random);
    }
  },
  /** Connections of one kind are cut. */
  CUT {
    @Override
    public void strike(Site site, Random random) {
      pick(site.proxies().all(), random).cut();
    }
  },
  /** Requests do not arrive, and their connections are cut. */
  LOSE_REQUESTS {
    @Override
    public void strike(Site site, Random random) throws InterruptedException {
      Proxy proxy = pick(site.proxies().all(), random);
      for (int i = 0; i < 10; i++) {
        proxy.loseRequests(1);
        Thread.sleep(50);
      }
      proxy.heal();
    }
  },
  /** Answers do not arrive, and their connections are cut: what was asked for has happened. */
  LOSE_ANSWERS {
    @Override
    public void strike(Site site, Random random) throws InterruptedException {
      Proxy proxy = pick(site.proxies().all(), random);
      for (int i = 0; i < 10; i++) {
        proxy.loseAnswers(1);
        Thread.sleep(50);
      }
      proxy.heal();
    }
  },
  /**
   * Connections are cut where a COMMIT is asked for, before the server hears of it or after: for a
   * second, or for longer, until both have happened.
   */
  CUT_COMMIT {
    @Override
    public Set<String> counted() {
      return Set.of(LOST, NOT_ANSWERED);
    }

    @Override
    public void strike(Site site, Random random) throws InterruptedException {
      Proxy proxy = pick(site.proxies().committing(), random);
      long lostBefore = proxy.commitsLost();
      long notAnsweredBefore = proxy.commitsNotAnswered();
      long lost = 0;
      long notAnswered = 0;
      for (int i = 0; i < 10 || (i < 100 && (lost == 0 || notAnswered == 0)); i++) {
        if (random.nextBoolean()) {
          proxy.loseCommits(1);
        } else {
          proxy.loseAnswersToCommits(1);
        }
        Thread.sleep(100);
        lost = proxy.commitsLost() - lostBefore;
        notAnswered = proxy.commitsNotAnswered() - notAnsweredBefore;
      }
      proxy.heal();
      site.count(LOST, lost);
      site.count(NOT_ANSWERED, notAnswered);
    }
  },
  /** Connections of one kind stay open, and nothing comes through in one of the directions. */
  HALF_OPEN {
    @Override
    public void strike(Site site, Random random) throws InterruptedException {
      Proxy proxy = pick(site.proxies().all(), random);
      if (random.nextBoolean()) {
        proxy.swallowRequests();
      } else {
        proxy.swallowAnswers();
      }
      Thread.sleep(Site.LEASE.toMillis() * 2);
      proxy.heal();
    }
  },
  /** Connections of one kind stay open, and nothing comes through. */
  BLACK_HOLE {
    @Override
    public void strike(Site site, Random random) throws InterruptedException {
      Proxy proxy = pick(site.proxies().all(), random);
      proxy.swallow();
      Thread.sleep(Site.LEASE.toMillis() * 2);
      proxy.heal();
    }
  },
  /** Notifications do not arrive for longer than the lease, while heartbeats do. */
  DEAF {
    @Override
    public Set<String> counted() {
      return Set.of(MADE_DEAF);
    }

    @Override
    public void strike(Site site, Random random) throws InterruptedException {
      site.count(MADE_DEAF, site.proxies().listeners().connections());
      site.proxies().listeners().swallow();
      Thread.sleep(Site.LEASE.toMillis() * 2);
      site.proxies().listeners().heal();
    }
  },
  /** All packets take long. */
  LATENCY {
    @Override
    public void strike(Site site, Random random) throws InterruptedException {
      site.proxies().all().forEach(proxy -> proxy.delay(1_000_000L * (1 + random.nextInt(100))));
      Thread.sleep(3_000);
      site.proxies().all().forEach(Proxy::heal);
    }
  },
  /** Somebody holds a snapshot, so that no dead row can be removed. */
  SNAPSHOT(true) {
    @Override
    public void strike(Site site, Random random) throws SQLException, InterruptedException {
      try (Connection connection = site.connect();
          Statement statement = connection.createStatement()) {
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        statement.execute("select count(*) from jdbcmq.mq_jobs");
        Thread.sleep(3_000);
        connection.rollback();
      }
    }
  },
  /** Somebody locks tables for a moment, as maintenance does. */
  LOCKS(true) {
    @Override
    public void strike(Site site, Random random) throws SQLException, InterruptedException {
      try (Connection connection = site.connect();
          Statement statement = connection.createStatement()) {
        connection.setAutoCommit(false);
        statement.execute(
            "lock table jdbcmq.%s in share mode"
                .formatted(
                    pick(List.of("mq_jobs", "mq_ready", "mq_claims", "mq_runners"), random)));
        Thread.sleep(1_000);
        connection.rollback();
      }
    }
  },
  /** A transaction that was forgotten has locked ready jobs. */
  ROW_LOCKS(true) {
    @Override
    public Set<String> counted() {
      return Set.of(ROWS_LOCKED);
    }

    @Override
    public void strike(Site site, Random random) throws SQLException, InterruptedException {
      try (Connection connection = site.connect();
          Statement statement = connection.createStatement()) {
        connection.setAutoCommit(false);
        int locked = 0;
        try (ResultSet rows =
            statement.executeQuery(
                "select from jdbcmq.mq_ready order by hashint8(seq + %d) limit 50 for update skip locked"
                    .formatted(random.nextInt(1_000)))) {
          while (rows.next()) {
            locked++;
          }
        }
        site.count(ROWS_LOCKED, locked);
        Thread.sleep(1_000);
        connection.rollback();
      }
    }
  },
  /** A group of channels is paused for a while. */
  CHANNEL_PAUSE(true) {
    @Override
    public void strike(Site site, Random random) throws InterruptedException {
      String name = pick(List.of("free", "ordered"), random);
      site.queue().channels().pause(name);
      Thread.sleep(1_000);
      site.queue().channels().resume(name);
    }
  },
  /** The server refuses to write for a while. */
  READ_ONLY(true) {
    @Override
    public Optional<String> logged() {
      return Optional.of("in a read-only transaction");
    }

    @Override
    public void strike(Site site, Random random) throws SQLException, InterruptedException {
      site.execute("alter system set default_transaction_read_only = on");
      site.execute("select pg_reload_conf()");
      Thread.sleep(2_000);
      site.execute("alter system reset default_transaction_read_only");
      site.execute("select pg_reload_conf()");
    }
  },
  /** There is no room for the tables of the queue for a while. */
  DISK_FULL(true) {
    @Override
    public Optional<String> missing(Site site) {
      return site.disk().isPresent()
          ? Optional.empty()
          : Optional.of("it takes root to mount a file system that can be filled up");
    }

    @Override
    public Optional<String> logged() {
      return Optional.of("No space left on device");
    }

    @Override
    public void strike(Site site, Random random) throws InterruptedException {
      SmallDisk disk = site.disk().orElseThrow();
      disk.fill();
      try {
        Thread.sleep(2_000);
      } finally {
        disk.free();
      }
    }
  },
  /** Another runner, whose clock is wrong, jumps, and runs fast. */
  CLOCKS {
    @Override
    public Optional<String> missing(Site site) {
      return site.clock().isPresent()
          ? Optional.empty()
          : Optional.of("libfaketime was not found; the package is faketime");
    }

    @Override
    public void strike(Site site, Random random) throws InterruptedException {
      FakeClock clock = site.clock().orElseThrow();
      clock.set(pick(List.of("+1d", "-1d"), random));
      site.fleet()
          .withRunnerBy(
              clock,
              () -> {
                Thread.sleep(Site.LEASE.toMillis() * 2);
                clock.set(pick(List.of("+1h", "-1h", "+0 x10"), random));
                Thread.sleep(Site.LEASE.toMillis());
              });
    }
  },
  /**
   * Another producer and another runner work through a pooler in transaction mode, which is killed
   * and started again.
   */
  POOLER {
    @Override
    public Optional<String> missing(Site site) {
      return site.pooler().isPresent()
          ? Optional.empty()
          : Optional.of("pgbouncer was not found; the package is pgbouncer");
    }

    @Override
    public Set<String> counted() {
      return Set.of(POOLED_RUNS);
    }

    @Override
    public void strike(Site site, Random random) throws InterruptedException {
      Path program = site.pooler().orElseThrow();
      try (PgBouncer pooler = PgBouncer.start(program, site.proxies().claims().port(), 6)) {
        long runs =
            site.fleet()
                .withProcessesThrough(
                    pooler,
                    () -> {
                      Thread.sleep(Site.LEASE.toMillis() * 2);
                      pooler.restart();
                      Thread.sleep(Site.LEASE.toMillis());
                    });
        site.count(POOLED_RUNS, runs);
      }
    }
  },
  /** A later migration comes and goes, statistics and indexes are made, under load. */
  MAINTENANCE(true) {
    @Override
    public void strike(Site site, Random random) throws SQLException, InterruptedException {
      try (Operator operator = new Operator(site)) {
        operator.migrateOn();
        site.migrate();
        operator.execute("vacuum (analyze) jdbcmq.mq_ready");
        operator.execute("vacuum (analyze) jdbcmq.mq_jobs");
        operator.execute("reindex table concurrently jdbcmq.mq_ready");
        operator.migrateBack();
      }
    }
  };

  private static final String LOST = "commits lost";
  private static final String NOT_ANSWERED = "commits not answered";
  private static final String MADE_DEAF = "listeners made deaf";
  private static final String ROWS_LOCKED = "ready jobs locked";
  private static final String POOLED_RUNS = "runs through a pooler";

  private final boolean needsServer;

  Fault() {
    this(false);
  }

  Fault(boolean needsServer) {
    this.needsServer = needsServer;
  }

  /**
   * Whether it is done to the server or with its help; the others strike processes and connections.
   * One of each kind can strike together.
   */
  public boolean needsServer() {
    return needsServer;
  }

  /** Why it cannot strike here; empty if it can. */
  public Optional<String> missing(Site site) {
    return Optional.empty();
  }

  /** What it tells the site to count; all of that has to happen in a run that shows something. */
  public Set<String> counted() {
    return Set.of();
  }

  /** What the server logs of each statement that fails because of it; empty: nothing. */
  public Optional<String> logged() {
    return Optional.empty();
  }

  /** Makes it go wrong, and right again. */
  public abstract void strike(Site site, Random random) throws Exception;

  /** As users write it: {@code black-hole}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The fault of this text. */
  public static Optional<Fault> named(String text) {
    return Arrays.stream(values()).filter(fault -> fault.text().equals(text)).findFirst();
  }

  private static <T> T pick(List<T> list, Random random) {
    return list.get(random.nextInt(list.size()));
  }

  /** A call for some sessions of producers and runners. */
  private static String somebody(String call, Random random) {
    return """
        select %s from pg_stat_activity
        where application_name ~ '^(producer|runner)' and hashint4(pid + %d) %% 3 = 0
        """
        .formatted(call, random.nextInt(1_000));
  }

  private static void spin() {
    long number = 1;
    while (!Thread.currentThread().isInterrupted()) {
      number = number * 6364136223846793005L + 1;
    }
    if (number == 0) {
      throw new AssertionError("so that the loop has a result");
    }
  }
}
