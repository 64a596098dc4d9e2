package io.jdbcmq;

import static io.jdbcmq.Jobs.awaitAttempt;
import static io.jdbcmq.Jobs.awaitDeafly;
import static io.jdbcmq.Jobs.awaitGone;
import static io.jdbcmq.Jobs.awaitState;
import static io.jdbcmq.Jobs.effect;
import static io.jdbcmq.Jobs.hang;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.JobState;
import io.jdbcmq.job.JobStatus;
import io.jdbcmq.job.LeaseLostException;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.time.Duration;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A job's timeout ends its run, whatever the handler does. */
class TimeoutIT {
  private static final JobRequest SHORT =
      JobRequest.of(Jobs.NAME)
          .timeout(Duration.ofMillis(100))
          .retry(RetryPolicy.of(1, Duration.ZERO));
  private static final JobRequest LAST_TRY = SHORT.retry(RetryPolicy.never());

  @RegisterExtension final TestSchema db = new TestSchema();

  @Test
  void aHandlerThatTakesTooLongIsInterruptedAndItsAttemptHasFailed() {
    JobQueue queue = db.queue();
    db.closing(queue.runner(Jobs.handledBy(job -> hang())).start());

    UUID id = queue.send(LAST_TRY).id();

    JobStatus status = awaitState(queue, id, JobState.DEAD);
    assertThat(status.failedAttempts().get(0).error())
        .startsWith("timed out after PT0.1S: java.lang.InterruptedException\n");
  }

  @Test
  void anAttemptThatTimedOutHasFailedAlsoIfItsHandlerThenReturnsOrSnoozes() {
    JobQueue queue = db.queue();
    db.closing(
        queue
            .runner(
                Jobs.handledBy(
                    job -> {
                      try {
                        hang();
                      } catch (InterruptedException e) {
                        if (job.attempt() == 1) {
                          job.snooze(Duration.ofHours(1));
                        }
                      }
                    }))
            .start());

    UUID id = queue.send(SHORT).id();

    JobStatus status = awaitState(queue, id, JobState.DEAD);
    assertThat(status.failedAttempts())
        .hasSize(2)
        .allSatisfy(failure -> assertThat(failure.error()).isEqualTo("timed out after PT0.1S"));
  }

  @Test
  void aTransactionalHandlerThatTimedOutIsRolledBackAlsoIfItReturns() throws Exception {
    Jobs.createEffects(db);
    JobQueue queue = db.queue();
    db.closing(
        queue
            .runner(
                Jobs.handledInTransactionBy(
                    (job, connection) -> {
                      effect(db, connection, job);
                      if (job.attempt() == 1) {
                        try {
                          hang();
                        } catch (InterruptedException e) {
                          return; // as if all were well
                        }
                      }
                    }))
            .start());

    UUID id = queue.send(SHORT.timeout(Duration.ofSeconds(1))).id();

    awaitGone(queue, id);
    assertThat(db.query("select attempt from effects")).containsExactly("2");
  }

  @Test
  void aJobThatItsHandlerHasCompletedInTimeStaysCompleted() throws Exception {
    JobQueue queue = db.queue();
    CountDownLatch interrupted = new CountDownLatch(1);
    JobRunner runner =
        db.closing(
            queue
                .runner(
                    Jobs.handledBy(
                        job -> {
                          job.complete();
                          try {
                            hang();
                          } finally {
                            interrupted.countDown();
                          }
                        }))
                .start());

    UUID id = queue.send(SHORT.timeout(Duration.ofSeconds(1))).id();

    assertThat(interrupted.await(20, SECONDS)).isTrue();
    assertThat(runner.shutdown(Duration.ofSeconds(20))).isTrue();
    assertThat(queue.find(id)).isEmpty();
    assertThat(db.count("mq_errors")).isZero();
  }

  @Test
  void aHandlerThatCannotBeStoppedIsFailedWithoutItAndKeepsItsSlot() throws Exception {
    JobQueue queue = db.queue();
    CountDownLatch end = new CountDownLatch(1);
    Queue<Integer> attempts = new ConcurrentLinkedQueue<>();
    Queue<Exception> refusals = new ConcurrentLinkedQueue<>();
    JobRunner runner =
        db.closing(
            queue
                .runner(
                    Jobs.handledBy(
                        job -> {
                          attempts.add(job.attempt());
                          if (job.attempt() == 1) {
                            awaitDeafly(end);
                            try {
                              job.complete();
                            } catch (LeaseLostException e) {
                              refusals.add(e);
                              throw e;
                            }
                          }
                        }))
                .grace(Duration.ofMillis(200))
                .start());

    UUID id = queue.send(SHORT).id();

    awaitGone(queue, id); // by the second attempt
    assertThat(attempts).containsExactly(1, 2);
    assertThat(runner.running()).isEqualTo(1);

    end.countDown();
    assertThat(runner.shutdown(Duration.ofSeconds(20))).isTrue();
    assertThat(refusals).hasSize(1);
    assertThat(db.count("mq_claims")).isZero();
  }

  @Test
  void theErrorOfAHandlerThatCannotBeStoppedTellsWhereItWas() throws Exception {
    JobQueue queue = db.queue();
    CountDownLatch end = new CountDownLatch(1);
    JobRunner runner =
        db.closing(
            queue
                .runner(Jobs.handledBy(job -> awaitDeafly(end)))
                .grace(Duration.ofMillis(200))
                .start());

    UUID id = queue.send(LAST_TRY).id();

    JobStatus status = awaitState(queue, id, JobState.DEAD);
    assertThat(status.failedAttempts().get(0).error())
        .startsWith("timed out after PT0.1S, and had not ended PT0.2S after its interrupt")
        .contains("\n\tat ")
        .contains("awaitDeafly");
    assertThat(runner.shutdown(Duration.ZERO)).isFalse(); // its handler has not ended
    end.countDown();
  }

  /** The transaction that completes the job is open when the runner gives the handler up. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aCompletionThatIsUnderWayDecidesByItsCommit(boolean commits) throws Exception {
    JobQueue queue = db.queue();
    CountDownLatch completing = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    Queue<Integer> attempts = new ConcurrentLinkedQueue<>();
    JobRunner runner =
        db.closing(
            queue
                .runner(
                    Jobs.handledBy(
                        job -> {
                          attempts.add(job.attempt());
                          if (job.attempt() > 1) {
                            return;
                          }
                          try (Connection connection = db.direct().getConnection()) {
                            connection.setAutoCommit(false);
                            job.complete(connection);
                            completing.countDown();
                            awaitDeafly(end);
                            if (commits) {
                              connection.commit();
                            } else {
                              connection.rollback();
                            }
                          }
                        }))
                .grace(Duration.ofMillis(200))
                .start());

    UUID id = queue.send(SHORT.timeout(Duration.ofMillis(500))).id();

    assertThat(completing.await(20, SECONDS)).isTrue();
    await().pollDelay(Duration.ofSeconds(2)).until(() -> true); // long after it was given up
    assertThat(queue.find(id).orElseThrow().attempt()).isEqualTo(1);
    assertThat(db.count("mq_errors")).isZero();

    end.countDown();
    awaitGone(queue, id);
    assertThat(runner.shutdown(Duration.ofSeconds(20))).isTrue();
    assertThat(attempts).hasSize(commits ? 1 : 2);
  }

  @Test
  void withoutATimeoutAHandlerMayTakeAsLongAsItLikesAndNoThreadWatchesIt() throws Exception {
    JobQueue queue = db.queue();
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    db.closing(
        queue
            .runner(
                Jobs.handledBy(
                    job -> {
                      started.countDown();
                      end.await();
                    }))
            .start());
    UUID id = queue.send(JobRequest.of(Jobs.NAME)).id();
    assertThat(started.await(20, SECONDS)).isTrue();
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .contains("jdbcmq-completer")
        .doesNotContain("jdbcmq-watchdog");
    end.countDown();
    awaitGone(queue, id);
  }

  @Test
  void manyTimeoutsAreKeptByOneThread() {
    JobQueue queue = db.queue();
    db.closing(queue.runner(Jobs.handledBy(job -> hang())).concurrency(20, 20).start());
    for (int i = 0; i < 20; i++) {
      queue.send(LAST_TRY.timeout(Duration.ofMillis(50 + 10L * i)));
    }
    await().atMost(30, SECONDS).until(() -> db.count("mq_dead") == 20);
    assertThat(Thread.getAllStackTraces().keySet())
        .filteredOn(thread -> thread.getName().equals("jdbcmq-watchdog"))
        .hasSize(1);
  }

  @Test
  void anAttemptThatTimedOutIsTriedAgain() {
    JobQueue queue = db.queue();
    db.closing(queue.runner(Jobs.handledBy(job -> hang())).start());
    UUID id = queue.send(SHORT.retry(RetryPolicy.of(1, Duration.ofHours(1)))).id();
    assertThat(awaitAttempt(queue, id, 2).state()).isEqualTo(JobState.DELAYED);
  }
}
