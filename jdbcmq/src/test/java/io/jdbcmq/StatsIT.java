package io.jdbcmq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.job.ChannelStats;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.QueueStats;
import io.jdbcmq.job.QueueStats.SnapshotHolder;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The numbers for gauges. */
class StatsIT {
  @RegisterExtension final TestSchema db = new TestSchema();

  @Test
  void anEmptyQueueHasNoChannels() {
    QueueStats stats = db.queue().stats();
    assertThat(stats.channels()).isEmpty();
    assertThat(stats.exact()).isTrue();
  }

  @Test
  void aJobIsCountedWhereItIs() throws Exception {
    JobQueue queue = db.queue();
    JobRequest ready = JobRequest.of("stay").channel("a");
    queue.send(List.of(ready, ready, ready.delay(Duration.ofHours(1))));
    queue.send(List.of(ready.channel("o").ordered(), ready.channel("o").ordered()));
    queue.reserve(ready.channel("b"), Duration.ofHours(1));
    queue.send(JobRequest.of("die").channel("d").retry(RetryPolicy.never()));
    queue.send(JobRequest.of("run").channel("r"));
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    JobRegistry jobs =
        JobRegistry.builder()
            .handle(
                "run",
                job -> {
                  running.countDown();
                  end.await();
                })
            .handle(
                "die",
                job -> {
                  throw new IllegalStateException();
                })
            .build();
    JobRunner runner = db.closing(queue.runner(jobs).channels("d", "r").start());
    running.await();
    await().atMost(30, SECONDS).until(() -> db.count("mq_dead") == 1);

    QueueStats stats = queue.stats();
    end.countDown();
    assertThat(runner.shutdown(Duration.ofSeconds(30))).isTrue();

    assertThat(stats.exact()).isTrue();
    assertThat(stats.channels())
        .extracting(StatsIT::withoutTime)
        .containsExactly(
            new ChannelStats("a", 2, 1, 0, 0, 0, 0, Optional.empty()),
            new ChannelStats("b", 0, 0, 1, 0, 0, 0, Optional.empty()),
            new ChannelStats("d", 0, 0, 0, 0, 0, 1, Optional.empty()),
            new ChannelStats("o", 1, 0, 0, 1, 0, 0, Optional.empty()),
            new ChannelStats("r", 0, 0, 0, 0, 1, 0, Optional.empty()));
    assertThat(stats.channels())
        .filteredOn(channel -> channel.oldestDue().isPresent())
        .extracting(ChannelStats::channelName)
        .containsExactly("a", "o");
  }

  @Test
  void theOldestDueJobIsTheOneThatHasWaitedLongestSinceItWasDue() throws Exception {
    JobQueue queue = db.queue();
    queue.send(List.of(JobRequest.of("stay").channel("a"), JobRequest.of("stay").channel("a")));
    db.execute(
        "update mq_jobs set created_at = created_at - interval '1 hour' where id ="
            + " (select job_id from mq_ready order by seq limit 1)");
    assertThat(oldestDue(queue)).isBetween(Duration.ofMinutes(60), Duration.ofMinutes(70));

    db.execute("update mq_jobs set run_at = created_at + interval '40 minutes'");
    assertThat(oldestDue(queue)).isBetween(Duration.ofMinutes(20), Duration.ofMinutes(30));

    db.execute(
        "insert into mq_errors select id, 1, 1, run_at + interval '10 minutes', 'failed' from"
            + " mq_jobs");
    assertThat(oldestDue(queue)).isBetween(Duration.ofMinutes(10), Duration.ofMinutes(20));
    db.execute("delete from mq_errors");
  }

  @Test
  void aLargeQueueIsEstimatedFromAPartOfIt() throws Exception {
    JobQueue queue = db.queue();
    for (int i = 0; i < 40; i++) {
      queue.send(Collections.nCopies(1_000, JobRequest.of("stay").channel("c" + i % 4)));
    }
    db.execute("analyze mq_ready"); // else its statistics may come later
    QueueStats stats = queue.stats();
    assertThat(stats.exact()).isFalse();
    assertThat(stats.channels()).extracting(ChannelStats::channelName).contains("c0", "c3");
    assertThat(stats.channels().stream().mapToLong(ChannelStats::ready).sum())
        .isCloseTo(40_000, within(20_000L));
  }

  @Test
  void fewJobsInALargeFileAreCountedAllTheSame() throws Exception {
    JobQueue queue = db.queue();
    for (int i = 0; i < 40; i++) {
      queue.send(Collections.nCopies(1_000, JobRequest.of("stay").channel("burst")));
    }
    queue.send(Collections.nCopies(5, JobRequest.of("stay").channel("small")));
    queue.clear(List.of("burst"));
    // A session may tell of what it did up to ten seconds later, and after a vacuum that counts as
    // if it had been done since.
    await()
        .atMost(60, SECONDS)
        .untilAsserted(
            () -> {
              db.execute("vacuum mq_ready");
              for (int i = 0; i < 10; i++) {
                QueueStats stats = queue.stats();
                assertThat(stats.exact()).isTrue();
                assertThat(stats.channels()).hasSize(1);
                assertThat(stats.channels().get(0).ready()).isEqualTo(5);
              }
            });
  }

  @Test
  void whoHoldsTheOldestSnapshotIsNamed() throws Exception {
    try (Connection holder = db.direct().getConnection()) {
      holder.setAutoCommit(false);
      holder.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      String pid;
      try (var statement = holder.createStatement();
          var rows = statement.executeQuery("select pg_backend_pid(), txid_current()")) {
        rows.next();
        pid = rows.getString(1);
      }
      db.queue().send(JobRequest.of("stay"));
      SnapshotHolder oldest = db.queue().stats().oldestSnapshot().orElseThrow();
      assertThat(oldest.kind()).isEqualTo("transaction");
      assertThat(oldest.name()).isEqualTo(pid);
      assertThat(oldest.held()).isPresent();
      holder.rollback();
    }
  }

  private static ChannelStats withoutTime(ChannelStats stats) {
    return new ChannelStats(
        stats.channelName(),
        stats.ready(),
        stats.delayed(),
        stats.reserved(),
        stats.parked(),
        stats.running(),
        stats.dead(),
        Optional.empty());
  }

  private static Duration oldestDue(JobQueue queue) {
    return queue.stats().channels().get(0).oldestDue().orElseThrow();
  }
}
