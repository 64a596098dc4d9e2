package io.jdbcmq.torture.site;

import io.jdbcmq.JobQueue;
import io.jdbcmq.job.JobQueueException;
import io.jdbcmq.torture.check.Checker;
import io.jdbcmq.torture.check.Sample;
import io.jdbcmq.torture.check.Violation.Promise;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Looks into the tables of the queue while it works: whether they fit together, whether attempts
 * are counted and put off as they should be, whether functions refuse runs that are over, whether
 * channels take turns, and how large the tables are. Has a thread of its own.
 */
public final class Observer implements AutoCloseable {
  private static final long PERIOD_S = 1;

  /** Enough to tell what is wrong. */
  private static final int MOST_FINDINGS = 100;

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
        and abs(waits.ms - waits.expected_ms) > 1
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
            and mortal.job_name in ('%s', '%s'))))
      """;

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
  private final Map<Promise, Set<String>> findings =
      Map.of(
          Promise.ATTEMPTS, new LinkedHashSet<>(),
          Promise.CANCELLATION, new LinkedHashSet<>(),
          Promise.FAIRNESS, new LinkedHashSet<>(),
          Promise.FENCING, new LinkedHashSet<>(),
          Promise.PAUSE, new LinkedHashSet<>(),
          Promise.STRUCTURE, new LinkedHashSet<>());
  private final List<Sample> samples = new ArrayList<>();
  private long deadlocks;
  private long deadlocksBefore;

  private Observer(Site site, long backoffMs, long maxBackoffMs) {
    this.site = site;
    this.misspentQuery =
        MISSPENT.formatted(maxBackoffMs, backoffMs, Checker.HOPELESS, Checker.GIVING_UP);
  }

  /** Begins to watch jobs that all have this policy, without jitter. */
  public static Observer start(Site site, long backoffMs, long maxBackoffMs) {
    Observer observer = new Observer(site, backoffMs, maxBackoffMs);
    observer.thread.setDaemon(true);
    observer.thread.start();
    return observer;
  }

  /** Looks once more, with the server up, and stops watching. */
  public void finish() throws SQLException {
    close();
    look();
  }

  /** What was not as it should be. After {@link #finish()}. */
  public Map<Promise, Set<String>> findings() {
    return findings;
  }

  /** What was measured, one a second while the server was up. After {@link #finish()}. */
  public List<Sample> samples() {
    return List.copyOf(samples);
  }

  /** Deadlocks that the server has ended. After {@link #finish()}. */
  public long deadlocks() {
    return deadlocks;
  }

  @Override
  public void close() {
    end.countDown();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void watch() {
    try {
      while (!end.await(PERIOD_S, TimeUnit.SECONDS)) {
        try {
          look();
        } catch (SQLException | JobQueueException e) {
          // The server is down, or has closed the connection.
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void look() throws SQLException {
    try (Connection connection = site.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("set search_path = jdbcmq, pg_temp");
      find(statement, misspentQuery, Promise.ATTEMPTS);
      find(statement, audit, Promise.STRUCTURE);
      StaleRuns.probe(connection, findings(Promise.FENCING));
      OwnChannels.probe(site.queue(), connection, findings);
      try (ResultSet rows = statement.executeQuery(SIZES)) {
        rows.next();
        samples.add(
            new Sample(System.nanoTime(), rows.getLong(1), rows.getLong(2), rows.getLong(3)));
        long now = rows.getLong(4);
        deadlocks += now >= deadlocksBefore ? now - deadlocksBefore : now; // a crash forgets them
        deadlocksBefore = now;
      }
    }
  }

  private void find(Statement statement, String query, Promise promise) throws SQLException {
    Set<String> found = findings(promise);
    try (ResultSet rows = statement.executeQuery(query)) {
      int columns = rows.getMetaData().getColumnCount();
      while (rows.next() && found.size() < MOST_FINDINGS) {
        found.add(rows.getString(1) + (columns > 1 ? ": " + rows.getString(2) : ""));
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
