package io.jdbcmq;

import static io.jdbcmq.Jobs.awaitState;
import static io.jdbcmq.Jobs.effect;
import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.job.FailedAttempt;
import io.jdbcmq.job.GiveUpException;
import io.jdbcmq.job.JobHandler;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.JobState;
import io.jdbcmq.job.JobStatus;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.job.TransactionalHandler;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A handler whose job cannot succeed makes it a dead letter, whatever retries it has left. */
class GiveUpIT {
  private static final JobRequest JOB =
      JobRequest.of(Jobs.NAME).retry(RetryPolicy.of(5, Duration.ZERO));

  @RegisterExtension final TestSchema db = new TestSchema();

  @Test
  void theReasonIsTheErrorOfTheAttempt() {
    assertThat(errorOfTheOnlyAttempt(job -> job.giveUp("no such customer")))
        .isEqualTo("no such customer");
  }

  @Test
  void anExceptionGivesUpWithItsReasonAndItsCause() {
    JobHandler throwing =
        job -> {
          throw new GiveUpException("no such customer", new IllegalStateException("404"));
        };
    assertThat(errorOfTheOnlyAttempt(throwing))
        .startsWith("no such customer\nCaused by: java.lang.IllegalStateException: 404\n\tat ");
  }

  @Test
  void givingUpInTheCallersTransactionCommitsWithIt() throws Exception {
    Jobs.createEffects(db);
    JobHandler givingUp =
        job -> {
          try (Connection connection = db.direct().getConnection()) {
            connection.setAutoCommit(false);
            effect(db, connection, job);
            job.giveUp(connection, "no such customer");
            connection.commit();
          }
        };
    assertThat(errorOfTheOnlyAttempt(givingUp)).isEqualTo("no such customer");
    assertThat(db.count("effects")).isEqualTo(1);
  }

  @Test
  void aTransactionalHandlerThatGivesUpKeepsItsWritesAndOneThatThrowsDoesNot() throws Exception {
    Jobs.createEffects(db);
    TransactionalHandler givingUp =
        (job, connection) -> {
          effect(db, connection, job);
          if (job.headers().containsKey("throw")) {
            throw new GiveUpException("thrown");
          }
          job.giveUp("said");
        };
    JobQueue queue = db.queue();
    db.closing(queue.runner(Jobs.handledInTransactionBy(givingUp)).start());

    UUID said = queue.send(JOB).id();
    UUID thrown = queue.send(JOB.header("throw", "")).id();

    assertThat(onlyError(awaitState(queue, said, JobState.DEAD))).isEqualTo("said");
    assertThat(onlyError(awaitState(queue, thrown, JobState.DEAD))).isEqualTo("thrown");
    assertThat(db.query("select job_id from effects")).containsExactly(said.toString());
  }

  @Test
  void anExceptionAfterGivingUpHasFailedTheAttemptOnly() {
    JobQueue queue = db.queue();
    db.closing(
        queue
            .runner(
                Jobs.handledBy(
                    job -> {
                      job.giveUp("for good");
                      throw new IllegalStateException("after all");
                    }))
            .start());
    UUID id = queue.send(JOB).id();
    assertThat(awaitState(queue, id, JobState.DEAD).failedAttempts())
        .hasSize(6)
        .allSatisfy(failure -> assertThat(failure.error()).contains("after all"));
  }

  @Test
  void aReasonMayHoldAnyTextAndIsCut() {
    assertThat(errorOfTheOnlyAttempt(job -> job.giveUp("a\0b" + "x".repeat(10_000))))
        .startsWith("a?bxxx")
        .hasSize(8192);
  }

  private String errorOfTheOnlyAttempt(JobHandler handler) {
    JobQueue queue = db.queue();
    db.closing(queue.runner(Jobs.handledBy(handler)).start());
    UUID id = queue.send(JOB).id();
    return onlyError(awaitState(queue, id, JobState.DEAD));
  }

  private static String onlyError(JobStatus status) {
    assertThat(status.failedAttempts()).hasSize(1);
    return status.failedAttempts().stream().map(FailedAttempt::error).findFirst().orElseThrow();
  }
}
