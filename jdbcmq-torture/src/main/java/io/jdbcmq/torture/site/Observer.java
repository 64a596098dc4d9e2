package io.jdbcmq.torture.site;

import io.jdbcmq.JobQueue;
import io.jdbcmq.job.JobQueueException;
import io.jdbcmq.job.StorageException;
import io.jdbcmq.torture.check.Checker;
import io.jdbcmq.torture.check.Lapse;
import io.jdbcmq.torture.check.Sample;
import io.jdbcmq.torture.check.Violation.Promise;
import io.jdbcmq.torture.role.AsSent;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Looks into the tables of the queue while it works: whether they fit together, whether attempts
 * are counted and put off as they should be, whether functions refuse runs that are over, whether
 * channels take turns, and how large the tables are. Has a thread of its own.
 */
public final class Observer implements AutoCloseable {
  private static final String STALE_RUNS = "stale runs tried";
  private static final String CONTRACTS = "contracts tried";
  private static final long PERIOD_NANOS = 1_000_000_000;

  /** It looks rarely where that takes long: for so many times as long it does not. */
  private static final int LEISURE = 5;

  /** Of so many looks one is thorough. */
  private static final int THOROUGH = 5;

  /** Enough to tell what is wrong. */
  private static final int MOST_FINDINGS = 100;

  private static final int MOST_LAPSES = 10_000;

  /**
   * Where these SQLSTATEs begin, a look has met somebody who was at work, or a server that went
   * away.
   */
  private static final List<String> PASSING = List.of("08", "57", "40001", "40P01", "55P03");

  /**
   * An error is kept for each failed attempt, with the time from which the delay of the next one
   * counts.
   */
  private static final String MISSPENT =
      """
      select format('job %%s waits for %%s ms after attempt %%s, and not for %%s ms', job.id,
                    round(waits.ms), error.attempt, waits.expected_ms)
      from jdbcmq.mq_delayed as delayed
      join jdbcmq.mq_jobs as job on job.id = delayed.job_id and not delayed.reserved
      join jdbcmq.mq_errors as error on error.job_id = job.id and error.token = job.token - 1
      cross join lateral (
        select extract(epoch from delayed.run_at - error.failed_at) * 1000 as ms,
               least(%d, %d * power(2, error.attempt - 1)) as expected_ms) as waits
      where job.seq is null -- an ordered job also waits for those before it
        and job.unknown_count is null
        and abs(waits.ms - waits.expected_ms) > 1 + coalesce(job.jitter, 0) * waits.expected_ms
      union all
      select format('job %%s has failed in attempts %%s', error.job_id,
                    string_agg(error.attempt::text, ', ' order by error.token))
      from (
        select mq_errors.*, lag(attempt, 1, 0) over (partition by job_id order by token) as before
        from jdbcmq.mq_errors) as error
      group by error.job_id
      having bool_or(
        error.attempt <> error.before + 1
        and not (error.attempt = 1 and exists (
          select from (
            select id, job_name from jdbcmq.mq_dead union all
            select id, job_name from jdbcmq.mq_jobs) as mortal
          where mortal.id = error.job_id -- it may have been dead, and redriven
            and mortal.job_name in ('%s', '%s', '%s'))))
      union all
      select format('job %%s has died in attempt %%s of %%s', id, attempt, retries + 1)
      from jdbcmq.mq_dead
      where job_name <> '%s'
        and attempt <> retries + 1
        and died_at > jdbcmq.mq_now() - interval '1 minute'
      """;

  /** Claims of lost runners that nobody has rescued for long, although there are others. */
  private static final String OVERDUE =
      """
      select format('runner %s was lost %s ago, and its jobs were not taken over', runner.id,
                    jdbcmq.mq_now() - runner.lease_ends_at)
      from jdbcmq.mq_runners as runner
      where runner.lease_ends_at < jdbcmq.mq_now() - interval '6 seconds'
        and exists (
          select
          from jdbcmq.mq_claims as claim
          cross join lateral unnest(claim.job_ids, claim.tokens) as run (id, token)
          join jdbcmq.mq_jobs as job on job.id = run.id and job.token = run.token
          where claim.runner_id = runner.id
          for update of job skip locked) -- what is locked waits for the next rescue
        and (
          select count(*) from jdbcmq.mq_runners as other
          where other.lease_ends_at > jdbcmq.mq_now()
            and other.started_at < jdbcmq.mq_now() - interval '6 seconds') > 1
      """;

  /** Of processes that have more than the pool, the heartbeat and the listener open, and more. */
  private static final String SESSIONS =
      """
      select format('%%s has %%s sessions', application_name, count(*))
      from pg_stat_activity
      where application_name ~ '^(producer|runner)'
      group by application_name
      having count(*) > %d
      """
          .formatted(Fleet.CONNECTIONS + 2 + 4);

  private static final String SIZES =
      """
      select coalesce(sum(pg_total_relation_size(c.oid)) filter (where not keeps), 0),
             coalesce(sum(pg_total_relation_size(c.oid)) filter (where keeps), 0),
             (select count(*) from jdbcmq.mq_jobs),
             (select deadlocks from pg_stat_database where datname = current_database())
      from pg_class as c
      cross join lateral (select c.relname in ('mq_dead', 'mq_errors') as keeps) as kind
      where c.relnamespace = 'jdbcmq'::regnamespace
        and c.relkind = 'r'
      """;

  private final Site site;
  private final String audit = resource();
  private final String misspentQuery;
  private final CountDownLatch end = new CountDownLatch(1);
  private final Thread thread = new Thread(this::watch, "observer");
  private final Map<Promise, Set<String>> findings = new EnumMap<>(Promise.class);
  private final List<Sample> samples = new ArrayList<>();
  private final List<Lapse> lapses = new ArrayList<>();
  private int looks;
  private volatile @Nullable RuntimeException failure;

  /** Kept, since a session that has planned these queries is quick. */
  private @Nullable Connection open;

  private long deadlocks;
  private long deadlocksBefore;

  private Observer(Site site, long backoffMs, long maxBackoffMs) {
    this.site = site;
    Arrays.stream(Promise.values())
        .forEach(promise -> findings.put(promise, new LinkedHashSet<>()));
    this.misspentQuery =
        MISSPENT.formatted(
            maxBackoffMs,
            backoffMs,
            Checker.HOPELESS,
            Checker.EXTENDING,
            Checker.GIVING_UP,
            Checker.GIVING_UP);
  }

  /** Begins to watch jobs that all have this policy, some of them with jitter. */
  public static Observer start(Site site, long backoffMs, long maxBackoffMs) {
    Observer observer = new Observer(site, backoffMs, maxBackoffMs);
    site.count(STALE_RUNS, 0);
    site.count(CONTRACTS, 0);
    observer.thread.setDaemon(true);
    observer.thread.start();
    return observer;
  }

  /**
   * Looks once more, thoroughly, with the server up, and stops watching.
   *
   * @throws SQLException if the server cannot be asked
   * @throws IllegalStateException if watching has failed
   */
  public void finish() throws SQLException {
    end();
    if (failure != null) {
      throw new IllegalStateException("the observer has failed", failure);
    }
    disconnect(); // it may have been cut meanwhile
    look(true);
  }

  /** What was not as it should be. After {@link #finish()}. */
  public Map<Promise, Set<String>> findings() {
    return findings;
  }

  /** What was not as it should be, unless a fault explains it. After {@link #finish()}. */
  public List<Lapse> lapses() {
    return List.copyOf(lapses);
  }

  /** How often it has looked to the end. After {@link #finish()}. */
  public int looks() {
    return looks;
  }

  /** What was measured with each look. After {@link #finish()}. */
  public List<Sample> samples() {
    return List.copyOf(samples);
  }

  /** Deadlocks that the server has ended. After {@link #finish()}. */
  public long deadlocks() {
    return deadlocks;
  }

  @Override
  public void close() {
    end();
    disconnect();
  }

  private void end() {
    end.countDown();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void disconnect() {
    Connection connection = open;
    open = null;
    try {
      if (connection != null) {
        connection.close();
      }
    } catch (SQLException e) {
      // It is gone.
    }
  }

  private void watch() {
    try {
      long pauseNanos = PERIOD_NANOS;
      while (!end.await(pauseNanos, TimeUnit.NANOSECONDS)) {
        long begun = System.nanoTime();
        tryToLook(looks % THOROUGH == 0);
        pauseNanos = Math.max(PERIOD_NANOS, LEISURE * (System.nanoTime() - begun));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      failure = e;
    }
  }

  private void tryToLook(boolean thoroughly) {
    try {
      look(thoroughly);
    } catch (SQLException e) {
      disconnect(); // the server is down, or has closed the connection
    }
  }

  private void look(boolean thoroughly) throws SQLException {
    Connection connection = open == null ? site.connect() : open;
    open = connection;
    attempt("attempts", () -> find(connection, misspentQuery, Promise.ATTEMPTS));
    attempt("what is stored", () -> find(connection, AsSent.CHANGED, Promise.NOTHING_LOST));
    attempt("audit", () -> find(connection, audit, Promise.STRUCTURE));
    undone("overdue rescues", connection, () -> lapse(connection, OVERDUE, Promise.LIVENESS));
    attempt("sessions", () -> lapse(connection, SESSIONS, Promise.BOUNDS));
    undone(
        "stale runs",
        connection,
        () -> site.count(STALE_RUNS, StaleRuns.probe(connection, this::found)));
    undone(
        "own channels", connection, () -> OwnChannels.probe(site.queue(), connection, this::found));
    if (thoroughly) {
      undone(
          "contract",
          connection,
          () -> {
            Contract.probe(connection, audit, this::found);
            site.count(CONTRACTS, 1);
          });
      undone("locked rows", connection, () -> LockedRows.probe(site, connection, this::lapse));
    }
    attempt("sizes", () -> sample(connection));
    looks++;
  }

  /**
   * Looks in one way. An error of the server is noted, and the other ways are tried all the same; a
   * connection that is gone ends this look.
   */
  private void attempt(String way, Look look) throws SQLException {
    try {
      look.look();
    } catch (SQLException e) {
      failed(way, String.valueOf(e.getSQLState()), e);
      if (open == null || !open.isValid(1)) {
        throw e;
      }
    } catch (StorageException e) {
      failed(way, e.sqlState(), e);
    } catch (JobQueueException e) {
      failed(way, "", e);
    }
  }

  /** Tries something in a transaction that waits for nobody and is rolled back. */
  private void undone(String way, Connection connection, Look look) throws SQLException {
    attempt(
        way,
        () -> {
          connection.setAutoCommit(false);
          try (Statement statement = connection.createStatement()) {
            statement.execute("set local search_path = jdbcmq, pg_temp");
            statement.execute("set local lock_timeout = '200ms'");
            look.look();
          } finally {
            connection.rollback();
            connection.setAutoCommit(true);
          }
        });
  }

  private void failed(String way, String sqlState, Exception e) {
    if (PASSING.stream().noneMatch(sqlState::startsWith)) {
      lapse(Promise.LIVENESS, "looking at %s has failed: %s".formatted(way, e.getMessage()));
    }
  }

  private interface Look {
    void look() throws SQLException;
  }

  private void lapse(Connection connection, String query, Promise promise) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      while (rows.next()) {
        lapse(promise, rows.getString(1));
      }
    }
  }

  private void sample(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(SIZES)) {
      rows.next();
      samples.add(new Sample(System.nanoTime(), rows.getLong(1), rows.getLong(2), rows.getLong(3)));
      long now = rows.getLong(4);
      deadlocks += now >= deadlocksBefore ? now - deadlocksBefore : now; // a crash forgets them
      deadlocksBefore = now;
    }
  }

  private void lapse(Promise promise, String what) {
    if (lapses.size() < MOST_LAPSES) {
      lapses.add(new Lapse(System.nanoTime(), promise, what));
    }
  }

  private void found(Promise promise, String what) {
    if (findings(promise).size() < MOST_FINDINGS) {
      findings(promise).add(what);
    }
  }

  private void find(Connection connection, String query, Promise promise) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("set search_path = jdbcmq, pg_temp");
      try (ResultSet rows = statement.executeQuery(query)) {
        int columns = rows.getMetaData().getColumnCount();
        while (rows.next()) {
          found(promise, rows.getString(1) + (columns > 1 ? ": " + rows.getString(2) : ""));
        }
      }
    }
  }

  private Set<String> findings(Promise promise) {
    return Objects.requireNonNull(findings.get(promise));
  }

  private static String resource() {
    try (InputStream sql = JobQueue.class.getResourceAsStream("audit.sql")) {
      return new String(sql.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
