package io.jdbcmq;

import static io.jdbcmq.Jobs.awaitDeafly;
import static io.jdbcmq.Jobs.awaitGone;
import static io.jdbcmq.Jobs.effect;
import static io.jdbcmq.Jobs.hang;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.job.CancelResult;
import io.jdbcmq.job.JobHandler;
import io.jdbcmq.job.JobRequest;
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

/** A job that is cancelled while it runs is stopped, and leaves nothing behind. */
class CancelRunIT {
  private static final JobRequest JOB =
      JobRequest.of(Jobs.NAME).retry(RetryPolicy.of(1, Duration.ZERO));

  @RegisterExtension final TestSchema db = new TestSchema();

  private final CountDownLatch started = new CountDownLatch(1);
  private final CountDownLatch interrupted = new CountDownLatch(1);
  private final Queue<Integer> attempts = new ConcurrentLinkedQueue<>();
  private final JobHandler hanging =
      job -> {
        attempts.add(job.attempt());
        started.countDown();
        try {
          hang();
        } finally {
          interrupted.countDown();
        }
      };

  @Test
  void aCancelledRunIsInterruptedAndItsOutcomeIsDropped() throws Exception {
    JobQueue queue = db.queue();
    JobRunner runner = db.closing(queue.runner(Jobs.handledBy(hanging)).start());
    UUID id = queue.send(JOB).id();
    assertThat(started.await(20, SECONDS)).isTrue();

    assertThat(queue.cancel(id)).isEqualTo(CancelResult.WAS_RUNNING);

    assertThat(interrupted.await(20, SECONDS)).isTrue();
    await().atMost(20, SECONDS).until(() -> db.count("mq_claims") == 0);
    assertThat(runner.running()).isZero();
    assertThat(attempts).containsExactly(1);
    assertThat(db.count("mq_errors") + db.count("mq_dead") + db.count("mq_jobs")).isZero();
  }

  @Test
  void itIsNoticedWithinAboutASecondWhenAllNotificationsAreLost() throws Exception {
    JobQueue queue = db.queue();
    db.closing(queue.runner(Jobs.handledBy(hanging)).pollOnly().start());
    UUID id = queue.send(JOB).id();
    assertThat(started.await(20, SECONDS)).isTrue();

    long beforeNanos = System.nanoTime();
    queue.cancel(id);

    assertThat(interrupted.await(20, SECONDS)).isTrue();
    assertThat(Duration.ofNanos(System.nanoTime() - beforeNanos))
        .isLessThan(Duration.ofSeconds(10));
  }

  @Test
  void aClearedRunIsInterruptedToo() throws Exception {
    JobQueue queue = db.queue();
    db.closing(queue.runner(Jobs.handledBy(hanging)).start());
    UUID id = queue.send(JOB).id();
    assertThat(started.await(20, SECONDS)).isTrue();
    assertThat(queue.clearAll()).isEqualTo(1);
    assertThat(interrupted.await(20, SECONDS)).isTrue();
    awaitGone(queue, id);
  }

  @Test
  void otherRunsOfTheRunnerGoOn() throws Exception {
    JobQueue queue = db.queue();
    CountDownLatch bothStarted = new CountDownLatch(2);
    CountDownLatch end = new CountDownLatch(1);
    Queue<UUID> stopped = new ConcurrentLinkedQueue<>();
    db.closing(
        queue
            .runner(
                Jobs.handledBy(
                    job -> {
                      bothStarted.countDown();
                      try {
                        end.await();
                      } catch (InterruptedException e) {
                        stopped.add(job.id());
                      }
                    }))
            .start());
    UUID cancelled = queue.send(JOB).id();
    UUID other = queue.send(JOB).id();
    assertThat(bothStarted.await(20, SECONDS)).isTrue();

    queue.cancel(cancelled);

    await().atMost(20, SECONDS).until(() -> !stopped.isEmpty());
    await().pollDelay(Duration.ofMillis(1500)).until(() -> true);
    assertThat(stopped).containsExactly(cancelled);
    end.countDown();
    awaitGone(queue, other);
  }

  @Test
  void nothingThatACancelledTransactionalHandlerHasWrittenTakesEffect() throws Exception {
    Jobs.createEffects(db);
    JobQueue queue = db.queue();
    CountDownLatch end = new CountDownLatch(1);
    JobRunner runner =
        db.closing(
            queue
                .runner(
                    Jobs.handledInTransactionBy(
                        (job, connection) -> {
                          effect(db, connection, job);
                          started.countDown();
                          awaitDeafly(end); // does not heed the interrupt, and returns
                        }))
                .start());
    UUID id = queue.send(JOB).id();
    assertThat(started.await(20, SECONDS)).isTrue();
    queue.cancel(id);
    end.countDown();
    assertThat(runner.shutdown(Duration.ofSeconds(20))).isTrue();
    assertThat(db.count("effects")).isZero();
    assertThat(queue.find(id)).isEmpty();
  }

  @Test
  void aHandlerThatHasCompletedItsJobByItselfIsNotTakenForCancelled() throws Exception {
    JobQueue queue = db.queue();
    CountDownLatch end = new CountDownLatch(1);
    JobRunner runner =
        db.closing(
            queue
                .runner(
                    Jobs.handledBy(
                        job -> {
                          job.complete();
                          try {
                            started.countDown();
                            end.await();
                          } catch (InterruptedException e) {
                            interrupted.countDown();
                          }
                        }))
                .start());
    queue.send(JOB);
    assertThat(started.await(20, SECONDS)).isTrue();
    await().pollDelay(Duration.ofMillis(1500)).until(() -> runner.running() == 1);
    assertThat(interrupted.getCount()).isEqualTo(1);
    end.countDown();
    assertThat(runner.shutdown(Duration.ofSeconds(20))).isTrue();
  }

  /** The cancellation has to wait for the completion, and then finds nothing to cancel. */
  @Test
  void aCancellationThatMeetsAnOpenCompletionComesTooLate() throws Exception {
    JobQueue queue = db.queue();
    CountDownLatch commit = new CountDownLatch(1);
    JobRunner runner =
        db.closing(
            queue
                .runner(
                    Jobs.handledBy(
                        job -> {
                          try (Connection connection = db.direct().getConnection()) {
                            connection.setAutoCommit(false);
                            job.complete(connection);
                            started.countDown();
                            commit.await();
                            connection.commit();
                          }
                        }))
                .start());
    UUID id = queue.send(JOB).id();
    assertThat(started.await(20, SECONDS)).isTrue();
    Queue<CancelResult> results = new ConcurrentLinkedQueue<>();
    Thread canceller = new Thread(() -> results.add(queue.cancel(id)));
    canceller.start();
    await().pollDelay(Duration.ofMillis(700)).until(canceller::isAlive);
    commit.countDown();
    canceller.join(20_000);
    assertThat(results).containsExactly(CancelResult.NOT_LIVE);
    assertThat(runner.shutdown(Duration.ofSeconds(20))).isTrue();
    assertThat(db.count("mq_errors")).isZero();
  }

  @Test
  void aRunWhoseJobWasCancelledAndSentAnewStopsAndTheNewOneRuns() throws Exception {
    JobQueue queue = db.queue();
    UUID id = UUID.randomUUID();
    CountDownLatch end = new CountDownLatch(1);
    Queue<String> told = new ConcurrentLinkedQueue<>();
    db.closing(
        queue
            .runner(
                Jobs.handledBy(
                    job -> {
                      if (job.json().isEmpty()) {
                        started.countDown();
                        awaitDeafly(end);
                        try {
                          job.complete();
                        } catch (LeaseLostException e) {
                          told.add("old refused");
                          throw e;
                        }
                      } else {
                        told.add("new");
                        hang();
                      }
                    }))
            .start());
    queue.send(JOB.id(id));
    assertThat(started.await(20, SECONDS)).isTrue();

    queue.cancel(id);
    queue.send(JOB.id(id).json("[]"));

    await().atMost(20, SECONDS).until(() -> told.contains("new"));
    end.countDown();
    await().atMost(20, SECONDS).until(() -> told.contains("old refused"));
    assertThat(queue.exists(id)).isTrue(); // the new one, which the old run could not complete
    queue.cancel(id);
  }
}
