package io.jdbcmq;

import static io.jdbcmq.Jobs.awaitGone;
import static io.jdbcmq.Jobs.awaitState;
import static io.jdbcmq.Jobs.effect;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.job.FailedAttempt;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.JobState;
import io.jdbcmq.job.JobStatus;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.time.Duration;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A handler puts its job off, without using an attempt. */
class SnoozeIT {
  private static final JobRequest JOB = JobRequest.of(Jobs.NAME).retry(RetryPolicy.never());
  private static final Duration AN_HOUR = Duration.ofHours(1);
  private static final Duration A_MOMENT = Duration.ofMillis(50);

  @RegisterExtension final TestSchema db = new TestSchema();

  private final Queue<Integer> attempts = new ConcurrentLinkedQueue<>();

  @Test
  void aSnoozedJobRunsAgainAfterTheDelayWithoutUsingAnAttempt() throws Exception {
    JobQueue queue = db.queue();
    Queue<Long> startedAtNanos = new ConcurrentLinkedQueue<>();
    JobRunner runner =
        db.closing(
            queue
                .runner(
                    Jobs.handledBy(
                        job -> {
                          attempts.add(job.attempt());
                          startedAtNanos.add(System.nanoTime());
                          if (attempts.size() < 4) {
                            job.snooze(Duration.ofMillis(100));
                          }
                        }))
                .start());

    UUID id = queue.send(JOB).id();

    awaitGone(queue, id);
    assertThat(attempts).containsExactly(1, 1, 1, 1);
    assertThat(startedAtNanos.stream().mapToLong(Long::longValue).max().orElseThrow())
        .isGreaterThanOrEqualTo(startedAtNanos.element() + Duration.ofMillis(300).toNanos());
    assertThat(db.count("mq_errors")).isZero();
    await().atMost(20, SECONDS).until(() -> db.count("mq_claims") == 0);
    assertThat(runner.running()).isZero();
  }

  @Test
  void aSnoozedJobIsNeverStartedElsewhereWhileItsHandlerStillRuns() throws Exception {
    JobQueue queue = db.queue();
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch end = new CountDownLatch(1);
    CountDownLatch snoozed = new CountDownLatch(1);
    JobRegistry jobs =
        Jobs.handledBy(
            job -> {
              most.accumulateAndGet(running.incrementAndGet(), Math::max);
              attempts.add(job.attempt());
              if (attempts.size() == 1) {
                job.snooze(Duration.ofMillis(1));
                snoozed.countDown();
                end.await();
              }
              running.decrementAndGet();
            });
    db.closing(queue.runner(jobs).start());
    db.closing(db.queue().runner(jobs).start());

    UUID id = queue.send(JOB).id();

    assertThat(snoozed.await(20, SECONDS)).isTrue();
    await().pollDelay(Duration.ofSeconds(2)).until(() -> true);
    assertThat(queue.find(id).orElseThrow().state()).isEqualTo(JobState.CLAIMED);
    end.countDown();
    awaitGone(queue, id);
    assertThat(attempts).containsExactly(1, 1);
    assertThat(most).hasValue(1);
  }

  @Test
  void aHandlerThatThrowsAfterItHasSnoozedHasFailed() {
    JobQueue queue = db.queue();
    db.closing(
        queue
            .runner(
                Jobs.handledBy(
                    job -> {
                      job.snooze(AN_HOUR);
                      throw new IllegalStateException("after all");
                    }))
            .start());
    UUID id = queue.send(JOB).id();
    assertThat(awaitState(queue, id, JobState.DEAD).failedAttempts())
        .singleElement()
        .extracting(FailedAttempt::error)
        .asString()
        .startsWith("java.lang.IllegalStateException: after all");
  }

  @Test
  void whatATransactionalHandlerHasWrittenBeforeItSnoozedTakesEffect() throws Exception {
    Jobs.createEffects(db);
    JobQueue queue = db.queue();
    db.closing(
        queue
            .runner(
                Jobs.handledInTransactionBy(
                    (job, connection) -> {
                      attempts.add(job.attempt());
                      effect(db, connection, job);
                      if (attempts.size() == 1) {
                        job.snooze(A_MOMENT);
                      }
                    }))
            .start());
    UUID id = queue.send(JOB).id();
    awaitGone(queue, id);
    assertThat(db.query("select attempt from effects")).containsExactly("1", "1");
    await().atMost(20, SECONDS).until(() -> db.count("mq_claims") == 0);
  }

  @Test
  void aSnoozeInTheCallersTransactionHoldsFromItsCommitOn() throws Exception {
    JobQueue queue = db.queue();
    CountDownLatch committed = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    JobRunner runner =
        db.closing(
            queue
                .runner(
                    Jobs.handledBy(
                        job -> {
                          try (Connection connection = db.direct().getConnection()) {
                            connection.setAutoCommit(false);
                            job.snooze(connection, AN_HOUR);
                            connection.commit();
                          }
                          committed.countDown();
                          end.await();
                        }))
                .start());
    UUID id = queue.send(JOB).id();
    assertThat(committed.await(20, SECONDS)).isTrue();
    assertThat(queue.find(id).orElseThrow().state()).isEqualTo(JobState.DELAYED);

    // Not taken for cancelled, although the run is not the current one any more.
    await().pollDelay(Duration.ofMillis(1500)).until(() -> runner.running() == 1);
    end.countDown();
    assertThat(runner.shutdown(Duration.ofSeconds(20))).isTrue();
    JobStatus status = queue.find(id).orElseThrow();
    assertThat(status.state()).isEqualTo(JobState.DELAYED);
    assertThat(status.attempt()).isEqualTo(1);
    assertThat(db.count("mq_claims")).isZero();
  }

  @Test
  void aSnoozeThatIsRolledBackIsAFailedAttempt() {
    JobQueue queue = db.queue();
    db.closing(
        queue
            .runner(
                Jobs.handledBy(
                    job -> {
                      try (Connection connection = db.direct().getConnection()) {
                        connection.setAutoCommit(false);
                        job.snooze(connection, AN_HOUR);
                        connection.rollback();
                      }
                    }))
            .start());
    UUID id = queue.send(JOB).id();
    assertThat(awaitState(queue, id, JobState.DEAD).failedAttempts())
        .singleElement()
        .extracting(FailedAttempt::error)
        .isEqualTo("the job was snoozed in a transaction that was then rolled back");
  }

  @Test
  void aRunEndsInOneWay() throws Exception {
    JobQueue queue = db.queue();
    CountDownLatch checked = new CountDownLatch(1);
    db.closing(
        queue
            .runner(
                Jobs.handledBy(
                    job -> {
                      assertThatThrownBy(() -> job.snooze(Duration.ZERO))
                          .isInstanceOf(IllegalArgumentException.class)
                          .hasMessage("snooze must be PT0.001S to PT876000H but was PT0S");
                      job.snooze(AN_HOUR);
                      assertThatThrownBy(job::complete)
                          .isInstanceOf(IllegalStateException.class)
                          .hasMessage(
                              "job %s cannot be completed: it has been snoozed before in this run",
                              job.id());
                      assertThatThrownBy(() -> job.giveUp("no"))
                          .isInstanceOf(IllegalStateException.class)
                          .hasMessageContainingAll("given up", "snoozed");
                      assertThatThrownBy(() -> job.snooze(AN_HOUR))
                          .isInstanceOf(IllegalStateException.class);
                      checked.countDown();
                    }))
            .start());
    UUID id = queue.send(JOB).id();
    assertThat(checked.await(20, SECONDS)).isTrue();
    awaitState(queue, id, JobState.DELAYED);
  }

  @Test
  void aTransactionalHandlerCompletesWithItsConnectionOnly() throws Exception {
    JobQueue queue = db.queue();
    CountDownLatch checked = new CountDownLatch(1);
    db.closing(
        queue
            .runner(
                Jobs.handledInTransactionBy(
                    (job, connection) -> {
                      assertThatThrownBy(job::complete)
                          .isInstanceOf(IllegalStateException.class)
                          .hasMessageContaining("use its connection");
                      job.complete(connection);
                      checked.countDown();
                    }))
            .start());
    UUID id = queue.send(JOB).id();
    assertThat(checked.await(20, SECONDS)).isTrue();
    awaitGone(queue, id);
  }
}
