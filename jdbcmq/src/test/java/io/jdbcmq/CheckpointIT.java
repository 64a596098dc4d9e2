package io.jdbcmq;

import static io.jdbcmq.Jobs.awaitGone;
import static io.jdbcmq.Jobs.awaitState;
import static io.jdbcmq.Jobs.effect;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.internal.sql.RunKey;
import io.jdbcmq.job.Checkpoint;
import io.jdbcmq.job.CurrentJob;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.JobState;
import io.jdbcmq.job.PayloadException;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.job.StorageException;
import io.jdbcmq.testing.Calls;
import io.jdbcmq.testing.TestSchema;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Progress that a handler saves, so that the next attempt starts from it. */
class CheckpointIT {
  private static final JobRequest TWICE =
      JobRequest.of(Jobs.NAME).retry(RetryPolicy.of(1, Duration.ZERO));

  @RegisterExtension final TestSchema db = new TestSchema();

  private final Queue<String> told = new ConcurrentLinkedQueue<>();

  @Test
  void eachAttemptStartsFromTheLastCheckpointOfTheOneBefore() {
    JobQueue queue = db.queue();
    db.closing(
        queue
            .runner(
                Jobs.handledBy(
                    job -> {
                      told.add(payloads(job));
                      switch (job.attempt()) {
                        case 1 ->
                            job.checkpoint(Checkpoint.json("[1]").withBytes(new byte[] {'b'}));
                        case 2 -> {
                          job.checkpoint(Checkpoint.clearBytes());
                          job.checkpoint(Checkpoint.json("[2]"));
                        }
                        case 3 -> job.checkpoint(Checkpoint.clearJson());
                        default -> {
                          return;
                        }
                      }
                      told.add(payloads(job)); // an attempt keeps what it has begun with
                      throw new IllegalStateException();
                    }))
            .start());

    UUID id =
        queue
            .send(
                JobRequest.of(Jobs.NAME)
                    .json("[0]")
                    .bytes(new byte[] {'a'})
                    .retry(RetryPolicy.of(3, Duration.ZERO)))
            .id();

    awaitGone(queue, id);
    assertThat(told)
        .containsExactly("[0] a", "[0] a", "[1] b", "[1] b", "[2] none", "[2] none", "none none");
  }

  @Test
  void extraRetriesLetALastAttemptFail() {
    JobQueue queue = db.queue();
    db.closing(
        queue
            .runner(
                Jobs.handledBy(
                    job -> {
                      told.add(job.attempt() + " last: " + job.isLastAttempt());
                      if (job.attempt() <= 2) {
                        job.checkpoint(Checkpoint.extraRetries(1));
                        told.add(job.attempt() + " last: " + job.isLastAttempt());
                      }
                      throw new IllegalStateException();
                    }))
            .start());

    UUID id = queue.send(TWICE.retry(RetryPolicy.of(0, Duration.ZERO))).id();

    assertThat(awaitState(queue, id, JobState.DEAD).failedAttempts()).hasSize(3);
    assertThat(told)
        .containsExactly(
            "1 last: true", "1 last: false", "2 last: true", "2 last: false", "3 last: true");
  }

  @Test
  void aCheckpointInTheCallersTransactionIsSavedWithItsWritesOrNotAtAll() throws Exception {
    Jobs.createEffects(db);
    JobQueue queue = db.queue();
    db.closing(
        queue
            .runner(
                Jobs.handledBy(
                    job -> {
                      told.add(payloads(job));
                      if (job.attempt() <= 2) {
                        try (Connection connection = db.direct().getConnection()) {
                          connection.setAutoCommit(false);
                          effect(db, connection, job);
                          job.checkpoint(connection, Checkpoint.json("[" + job.attempt() + "]"));
                          if (job.attempt() == 1) {
                            connection.rollback();
                          } else {
                            connection.commit();
                          }
                        }
                        throw new IllegalStateException();
                      }
                    }))
            .start());

    UUID id = queue.send(TWICE.json("[0]").retry(RetryPolicy.of(2, Duration.ZERO))).id();

    awaitGone(queue, id);
    assertThat(told).containsExactly("[0] none", "[0] none", "[2] none");
    assertThat(db.query("select attempt from effects")).containsExactly("2");
  }

  @Test
  void aCheckpointWithoutItsConnectionOutlivesTheTransactionOfAHandler() throws Exception {
    Jobs.createEffects(db);
    JobQueue queue = db.queue();
    db.closing(
        queue
            .runner(
                Jobs.handledInTransactionBy(
                    (job, connection) -> {
                      told.add(payloads(job));
                      effect(db, connection, job);
                      if (job.attempt() == 1) {
                        job.checkpoint(Checkpoint.json("[1]"));
                        throw new IllegalStateException();
                      }
                      job.checkpoint(Checkpoint.json("[2]")); // and then completes the job
                    }))
            .start());

    UUID id = queue.send(TWICE).id();

    awaitGone(queue, id);
    assertThat(told).containsExactly("none none", "[1] none");
    assertThat(db.query("select attempt from effects")).containsExactly("2");
  }

  @Test
  void aCheckpointThatWouldWaitForItsOwnHandlersTransactionIsRefused() throws Exception {
    JobQueue queue = db.queue();
    CountDownLatch checked = new CountDownLatch(1);
    db.closing(
        queue
            .runner(
                Jobs.handledInTransactionBy(
                    (job, connection) -> {
                      job.checkpoint(connection, Checkpoint.json("[1]"));
                      assertThatThrownBy(() -> job.checkpoint(Checkpoint.json("[2]")))
                          .isInstanceOf(IllegalStateException.class)
                          .hasMessageContaining("use its connection");
                      job.checkpoint(connection, Checkpoint.json("[3]"));
                      checked.countDown();
                    }))
            .start());
    UUID id = queue.send(TWICE).id();
    assertThat(checked.await(20, SECONDS)).isTrue();
    awaitGone(queue, id);
  }

  @Test
  void aPayloadThatCannotBeStoredIsRefusedBeforeAnythingIsWritten() throws Exception {
    JobQueue queue = db.queue();
    CountDownLatch checked = new CountDownLatch(1);
    db.closing(
        queue
            .runner(
                Jobs.handledInTransactionBy(
                    (job, connection) -> {
                      assertThatThrownBy(
                              () -> job.checkpoint(connection, Checkpoint.json("\"\\u0000\"")))
                          .isInstanceOf(PayloadException.class)
                          .hasMessageContaining("the checkpoint of job " + job.id());
                      assertThatThrownBy(() -> job.checkpoint(Checkpoint.json("[")))
                          .isInstanceOf(PayloadException.class);
                      assertThatThrownBy(() -> Checkpoint.bytes(new byte[(1 << 20) + 1]))
                          .isInstanceOf(IllegalArgumentException.class);
                      checked.countDown();
                    })) // the transaction is still usable: it completes the job
            .start());
    UUID id = queue.send(TWICE).id();
    assertThat(checked.await(20, SECONDS)).isTrue();
    awaitGone(queue, id);
  }

  @Test
  void aRunThatHasLostItsJobCanSaveNothing() throws Exception {
    JobQueue queue = db.queue();
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch lost = new CountDownLatch(1);
    db.closing(
        queue
            .runner(
                Jobs.handledBy(
                    job -> {
                      started.countDown();
                      Jobs.awaitDeafly(lost);
                      told.add(outcome(() -> job.checkpoint(Checkpoint.json("[1]"))));
                      try (Connection connection = db.direct().getConnection()) {
                        connection.setAutoCommit(false);
                        told.add(outcome(() -> job.checkpoint(connection, Checkpoint.json("[2]"))));
                        assertThatThrownBy(() -> connection.createStatement().execute("select 1"))
                            .isInstanceOf(SQLException.class)
                            .hasMessageContaining("current transaction is aborted");
                      }
                    }))
            .start());
    UUID id = queue.send(JobRequest.of(Jobs.NAME).json("[0]").retry(RetryPolicy.never())).id();
    assertThat(started.await(20, SECONDS)).isTrue();

    // As a rescue would: the attempt has failed.
    new Calls(db.schema()).fail(db.session(), new RunKey(id, 1));
    lost.countDown();

    awaitState(queue, id, JobState.DEAD);
    await().atMost(20, SECONDS).until(() -> told.size() == 2);
    assertThat(told).containsOnly("LeaseLostException");
    assertThat(db.query("select payload_json from mq_dead")).containsExactly("[0]");
  }

  @Test
  void aCheckpointThatTheDatabaseCannotTakeIsReported() throws Exception {
    JobQueue queue = db.queue();
    db.execute(
        "alter table mq_jobs add constraint test_no_two check (payload_json::text <> '[2]')");
    db.closing(
        queue
            .runner(
                Jobs.handledBy(
                    job -> {
                      try {
                        job.checkpoint(Checkpoint.json("[2]"));
                      } catch (StorageException e) {
                        told.add(e.getMessage());
                      }
                    }))
            .start());
    UUID id = queue.send(TWICE).id();
    awaitGone(queue, id);
    assertThat(told)
        .singleElement()
        .asString()
        .startsWith("saving a checkpoint of job " + id + " failed: ");
  }

  private static String outcome(Runnable call) {
    try {
      call.run();
      return "done";
    } catch (RuntimeException e) {
      return e.getClass().getSimpleName();
    }
  }

  private static String payloads(CurrentJob job) {
    return job.json().orElse("none")
        + " "
        + job.bytes().map(bytes -> new String(bytes, StandardCharsets.UTF_8)).orElse("none");
  }
}
