package io.jdbcmq.torture.server;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.job.IndeterminateException;
import io.jdbcmq.job.JobQueueException;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.RetryPolicy;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Threads that send jobs, and a handler that writes a row for each in the transaction that
 * completes it; then the account of both.
 */
final class Load implements AutoCloseable {
  private static final String JOB = "effect";
  private static final RetryPolicy PATIENT =
      RetryPolicy.of(50, Duration.ofMillis(100)).withMaxBackoff(Duration.ofSeconds(1));

  private final String url;
  private final Set<UUID> acknowledged = ConcurrentHashMap.newKeySet();
  private final Set<UUID> unknown = ConcurrentHashMap.newKeySet();
  private final Set<String> permanent = ConcurrentHashMap.newKeySet();
  private final AtomicLong longestGapNanos = new AtomicLong();
  private final List<Thread> senders = new ArrayList<>();
  private volatile boolean sending = true;

  /** For a queue whose schema is there; {@code url} leads to whichever server has the account. */
  Load(String url) throws SQLException {
    this.url = url;
    execute("create table effects (job_id uuid, attempt int)");
  }

  static JobRegistry handler() {
    return JobRegistry.builder()
        .handleInTransaction(
            JOB, (job, connection) -> writeEffect(connection, job.id(), job.attempt()))
        .build();
  }

  static void writeEffect(Connection connection, UUID id, int attempt) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("insert into effects values (?, ?)")) {
      insert.setObject(1, id);
      insert.setInt(2, attempt);
      insert.executeUpdate();
    }
  }

  /** These were sent by somebody else. */
  void expect(UUID... ids) {
    acknowledged.addAll(List.of(ids));
  }

  void send(JobQueue queue, int threads) {
    for (int i = 0; i < threads; i++) {
      Thread sender = new Thread(() -> sendUntilTold(queue), "sender-" + i);
      sender.setDaemon(true);
      senders.add(sender);
      sender.start();
    }
  }

  private void sendUntilTold(JobQueue queue) {
    long last = System.nanoTime();
    while (sending) {
      UUID id = UUID.randomUUID();
      try {
        queue.send(JobRequest.of(JOB).id(id).retry(PATIENT));
        acknowledged.add(id);
        long now = System.nanoTime();
        longestGapNanos.accumulateAndGet(now - last, Math::max);
        last = now;
      } catch (IndeterminateException e) {
        unknown.add(id);
      } catch (JobQueueException e) {
        if (!e.isTransient()) {
          permanent.add(e.toString());
        }
      }
    }
  }

  long effects() throws SQLException {
    return count("effects");
  }

  int acknowledged() {
    return acknowledged.size();
  }

  /** Waits until so many more jobs have run. */
  void awaitMore(int jobs) throws SQLException {
    long target = effects() + jobs;
    awaitCount(target);
  }

  private void awaitCount(long target) {
    await().atMost(120, SECONDS).ignoreExceptions().until(() -> effects() >= target);
  }

  /** Ends the sending, waits until all jobs are gone, and settles the account. */
  void stopAndCheck() throws Exception {
    close();
    await().atMost(120, SECONDS).ignoreExceptions().until(() -> count("jdbcmq.mq_jobs") == 0);
    assertThat(permanent).as("failures that are said to be permanent").isEmpty();
    Map<UUID, Integer> effects = new HashMap<>();
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select job_id from effects")) {
      while (rows.next()) {
        effects.merge(rows.getObject(1, UUID.class), 1, Integer::sum);
      }
    }
    assertThat(count("jdbcmq.mq_dead")).as("dead").isZero();
    assertThat(acknowledged).as("lost").allMatch(effects::containsKey);
    assertThat(effects.values()).as("effects of a job").allMatch(times -> times == 1);
    assertThat(effects.keySet())
        .as("jobs that nobody sent")
        .allMatch(id -> acknowledged.contains(id) || unknown.contains(id));
    System.out.printf(
        "%d jobs acknowledged, %d unknown, %d effects, longest time of a sender without an answer %d ms%n",
        acknowledged.size(), unknown.size(), effects.size(), longestGapNanos.get() / 1_000_000);
  }

  @Override
  public void close() {
    sending = false;
    for (Thread sender : senders) {
      try {
        sender.join(60_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      assertThat(sender.isAlive()).as(sender.getName() + " hangs").isFalse();
    }
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(url);
  }

  void execute(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  long count(String from) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select count(*) from " + from)) {
      rows.next();
      return rows.getLong(1);
    }
  }
}
