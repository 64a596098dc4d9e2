package io.jdbcmq;

import static io.jdbcmq.Jobs.awaitGone;
import static io.jdbcmq.Jobs.awaitState;
import static io.jdbcmq.Jobs.hang;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jdbcmq.job.Checkpoint;
import io.jdbcmq.job.FailedAttempt;
import io.jdbcmq.job.JobHandler;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.JobState;
import io.jdbcmq.job.LeaseLostException;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who keeps a run alive: its runner, or, where that was told so, its handler. */
class KeepAliveIT {
  private static final Duration LEASE = Duration.ofSeconds(1);
  private static final JobRequest JOB =
      JobRequest.of(Jobs.NAME).retry(RetryPolicy.of(3, Duration.ZERO));
  private static final JobRequest LAST_TRY = JOB.retry(RetryPolicy.never());

  @RegisterExtension final TestSchema db = new TestSchema();

  private final Queue<Integer> attempts = new ConcurrentLinkedQueue<>();

  @Test
  void aJobThatRunsForManyLeasesIsNeverStartedElsewhereEvenIfHandlersHoldThePool()
      throws Exception {
    JobQueue queue = db.queue();
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    JobRegistry jobs =
        Jobs.handledBy(
            job -> {
              attempts.add(job.attempt());
              started.countDown();
              assertThat(never.await(6, SECONDS)).isFalse();
            });
    db.closing(queue.runner(jobs).lease(LEASE).start());
    db.closing(db.queue().runner(jobs).lease(LEASE).start());
    UUID id = queue.send(JOB).id();
    assertThat(started.await(20, SECONDS)).isTrue();

    List<Connection> hoard = new ArrayList<>();
    try {
      for (int i = 0; i < 15; i++) { // what is left is too little for two runners
        hoard.add(db.pool().getConnection());
      }
      assertThat(never.await(4, SECONDS)).isFalse();
    } finally {
      for (Connection connection : hoard) {
        connection.close();
      }
    }
    awaitGone(queue, id);
    assertThat(attempts).containsExactly(1);
  }

  @Test
  void aHandlerThatHangsIsNoticedWhereItHasToKeepItselfAlive() {
    JobQueue queue = db.queue();
    run(queue, job -> hang());
    UUID id = queue.send(LAST_TRY).id();
    assertThat(awaitState(queue, id, JobState.DEAD).failedAttempts())
        .singleElement()
        .extracting(FailedAttempt::error)
        .asString()
        .startsWith("was not kept alive in time")
        .contains("InterruptedException");
  }

  @Test
  void aHandlerMayRunForAsLongAsItKeepsItselfAlive() {
    JobQueue queue = db.queue();
    run(
        queue,
        job -> {
          attempts.add(job.attempt());
          for (int i = 0; i < 15; i++) {
            job.keepAlive(Duration.ofSeconds(10));
            assertThat(new CountDownLatch(1).await(200, MILLISECONDS)).isFalse();
          }
        });
    UUID id = queue.send(JOB).id();
    awaitGone(queue, id);
    assertThat(attempts).containsExactly(1);
  }

  @Test
  void aCheckpointCanKeepARunAliveAndAShorterWishDoesNotShortenIt() {
    JobQueue queue = db.queue();
    run(
        queue,
        job -> {
          attempts.add(job.attempt());
          job.checkpoint(Checkpoint.json("[1]").withKeepAlive(Duration.ofMinutes(1)));
          job.keepAlive(Duration.ofMillis(1));
          assertThat(new CountDownLatch(1).await(3, SECONDS)).isFalse();
        });
    UUID id = queue.send(JOB).id();
    awaitGone(queue, id);
    assertThat(attempts).containsExactly(1);
  }

  @Test
  void aRunThatHasEndedCannotBeKeptAlive() throws Exception {
    JobQueue queue = db.queue();
    CountDownLatch refused = new CountDownLatch(1);
    run(
        queue,
        job -> {
          try {
            hang();
          } catch (InterruptedException e) {
            assertThatThrownBy(() -> job.keepAlive(Duration.ofSeconds(1)))
                .isInstanceOf(LeaseLostException.class);
            refused.countDown();
          }
        });
    UUID id = queue.send(LAST_TRY).id();
    awaitState(queue, id, JobState.DEAD);
    assertThat(refused.await(20, SECONDS)).isTrue();
  }

  @Test
  void whereTheRunnerKeepsItsRunsAliveAHandlerNeedNot() {
    JobQueue queue = db.queue();
    db.closing(
        queue
            .runner(
                Jobs.handledBy(
                    job -> {
                      attempts.add(job.attempt());
                      job.keepAlive(Duration.ofMillis(1));
                      assertThat(new CountDownLatch(1).await(2, SECONDS)).isFalse();
                    }))
            .lease(LEASE)
            .start());
    UUID id = queue.send(JOB).id();
    awaitGone(queue, id);
    assertThat(attempts).containsExactly(1);
  }

  private void run(JobQueue queue, JobHandler handler) {
    db.closing(queue.runner(Jobs.handledBy(handler)).lease(LEASE).keepAlive(false).start());
  }
}
