package io.jdbcmq.internal.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.JobQueue;
import io.jdbcmq.job.IndeterminateException;
import io.jdbcmq.job.JobQueueException;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.RetryPolicy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import javax.sql.DataSource;

/** Threads that send jobs in all the ways there are, and know what must have become of them. */
final class UpgradeLoad implements AutoCloseable {
  private static final RetryPolicy PATIENT =
      RetryPolicy.of(20, Duration.ofMillis(50)).withMaxBackoff(Duration.ofSeconds(1));

  private final JobQueue queue;
  private final DataSource dataSource;
  private final List<Thread> threads = new ArrayList<>();
  private final Set<UUID> acknowledged = ConcurrentHashMap.newKeySet();
  private final Set<UUID> unknown = ConcurrentHashMap.newKeySet();
  private final Set<String> permanent = ConcurrentHashMap.newKeySet();

  /** By channel, in the order in which they were sent. */
  private final Map<String, List<UUID>> ordered = new ConcurrentHashMap<>();

  private volatile boolean sending = true;

  UpgradeLoad(JobQueue queue, DataSource dataSource) {
    this.queue = queue;
    this.dataSource = dataSource;
  }

  void start(int senders) {
    for (int i = 0; i < senders; i++) {
      String name = "sender-" + i;
      ordered.put(name, new ArrayList<>());
      Thread thread = new Thread(() -> run(name), name);
      threads.add(thread);
      thread.start();
    }
  }

  private void run(String name) {
    for (int i = 0; sending; i++) {
      switch (i % 5) {
        case 0 -> send(List.of(job()));
        case 1 -> sendOrdered(name);
        case 2 -> send(List.of(job().uniqueKey(UUID.randomUUID().toString()), job().priority(1)));
        case 3 -> reserve(job());
        default -> sendInTransaction(List.of(job(), job()), i % 2 == 0);
      }
    }
  }

  private static JobRequest job() {
    return JobRequest.of("job").id(UUID.randomUUID()).retry(PATIENT);
  }

  private void sendOrdered(String name) {
    List<JobRequest> jobs =
        Stream.generate(() -> job().channel("ordered", name).ordered()).limit(3).toList();
    ordered.get(name).addAll(ids(jobs));
    send(jobs);
  }

  private void send(List<JobRequest> jobs) {
    attempt(jobs, () -> queue.send(jobs));
  }

  private void reserve(JobRequest job) {
    attempt(
        List.of(job),
        () -> {
          queue.reserve(job, Duration.ofMinutes(1));
          if (!queue.commit(job.id().orElseThrow())) {
            permanent.add("a reservation was gone before its end");
          }
        });
  }

  private void attempt(List<JobRequest> jobs, Runnable call) {
    try {
      call.run();
      acknowledged.addAll(ids(jobs));
    } catch (IndeterminateException e) {
      unknown.addAll(ids(jobs));
    } catch (JobQueueException e) {
      unknown.addAll(ids(jobs)); // reserved, perhaps, and not committed
      if (!e.isTransient()) {
        permanent.add(e.toString());
      }
    }
  }

  private void sendInTransaction(List<JobRequest> jobs, boolean commits) {
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      queue.send(connection, jobs);
      if (commits) {
        connection.commit();
        acknowledged.addAll(ids(jobs));
      } else {
        connection.rollback();
      }
    } catch (JobQueueException e) {
      if (!e.isTransient()) {
        permanent.add(e.toString());
      }
    } catch (SQLException e) {
      permanent.add(e.toString());
    }
  }

  private static List<UUID> ids(Collection<JobRequest> jobs) {
    return jobs.stream().map(job -> job.id().orElseThrow()).toList();
  }

  /** What callers were told that would fail again. */
  Set<String> permanent() {
    return permanent;
  }

  /** Of jobs that have run, in the order of their effects. */
  void check(List<String> effects) {
    List<UUID> ran = effects.stream().map(UUID::fromString).toList();
    Set<UUID> once = new HashSet<>(ran);
    assertThat(ran).as("more than one effect").hasSameSizeAs(once);
    assertThat(once).as("lost").containsAll(acknowledged);
    assertThat(once)
        .as("of nobody, or of a transaction that was rolled back")
        .allMatch(id -> acknowledged.contains(id) || unknown.contains(id));
    assertThat(acknowledged.size()).isGreaterThan(500);
    Map<UUID, Integer> places = new LinkedHashMap<>();
    ran.forEach(id -> places.put(id, places.size()));
    ordered.forEach(
        (name, ids) ->
            assertThat(ids.stream().filter(once::contains).map(places::get).toList())
                .as("order of " + name)
                .isSorted()
                .isNotEmpty());
  }

  @Override
  public void close() {
    sending = false;
    for (Thread thread : threads) {
      try {
        thread.join(60_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      assertThat(thread.isAlive()).as(thread.getName() + " hangs").isFalse();
    }
  }
}
