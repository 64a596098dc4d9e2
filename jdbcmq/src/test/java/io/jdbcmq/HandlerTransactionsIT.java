package io.jdbcmq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.job.GiveUpException;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.JobState;
import io.jdbcmq.job.JobStatus;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.job.TransactionalHandler;
import io.jdbcmq.spi.HandlerTransactions;
import io.jdbcmq.spi.JobEvent;
import io.jdbcmq.spi.JobEvent.Result;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Transactional handlers whose transactions are opened and ended by somebody else. */
class HandlerTransactionsIT {
  private static final String NAME = "in-others";
  private static final TransactionalHandler WRITES =
      (job, connection) -> write(connection, "attempt " + job.attempt());

  @RegisterExtension final TestSchema db = new TestSchema();

  private final List<Result> ended = new CopyOnWriteArrayList<>();

  @BeforeEach
  void createTable() throws SQLException {
    db.execute("create table written (what text)");
  }

  @Test
  void theEffectAndTheEndOfTheJobCommitTogether() throws Exception {
    UUID id = run(WRITES, this::inTransaction);
    assertThat(ended).containsExactly(Result.COMPLETED);
    assertThat(written()).containsExactly("attempt 1");
    assertThat(db.queue().find(id)).isEmpty();
  }

  @Test
  void whatTheHandlerThrowsRollsBackAndFailsTheAttempt() throws Exception {
    TransactionalHandler failing =
        (job, connection) -> {
          write(connection, "in vain");
          throw new IllegalArgumentException("no");
        };
    UUID id = run(failing, this::inTransaction);
    assertThat(ended).containsExactly(Result.FAILED);
    assertThat(written()).isEmpty();
    assertThat(db.queue().find(id).orElseThrow().state()).isEqualTo(JobState.DEAD);
  }

  @Test
  void aRollbackThatNobodyToldOfFailsTheAttempt() throws Exception {
    UUID id =
        run(
            WRITES,
            work -> {
              try (Connection connection = open()) {
                work.run(connection);
                connection.rollback();
              }
            });
    assertThat(ended).containsExactly(Result.FAILED);
    assertThat(written()).isEmpty();
    assertThat(errorOf(id)).contains("was then rolled back");
  }

  @Test
  void aCommitThatWasReportedAsFailedIsLookedUp() throws Exception {
    UUID id =
        run(
            WRITES,
            work -> {
              inTransaction(work);
              throw new IllegalStateException("the answer to the commit was lost");
            });
    assertThat(ended).containsExactly(Result.COMPLETED);
    assertThat(written()).containsExactly("attempt 1");
    assertThat(db.queue().find(id)).isEmpty();
  }

  @Test
  void withoutATransactionTheJobGoesBackAndUsesNoAttempt() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    run(
        WRITES,
        work -> {
          if (asked.incrementAndGet() == 1) {
            throw new IllegalStateException("no connection");
          }
          inTransaction(work);
        });
    assertThat(ended).containsExactly(Result.HANDED_BACK, Result.COMPLETED);
    assertThat(written()).containsExactly("attempt 1");
  }

  /** As somebody does who repeats what has lost a race. */
  @Test
  void theWorkIsDoneOnceOnly() throws Exception {
    UUID id =
        run(
            WRITES,
            work -> {
              try (Connection connection = open()) {
                work.run(connection);
                connection.rollback();
              }
              inTransaction(work);
            });
    assertThat(ended).containsExactly(Result.FAILED);
    assertThat(written()).isEmpty();
    assertThat(errorOf(id)).contains("the handler has run before: do the work once only");
  }

  @Test
  void theErrorThatMadeOthersRepeatTheWorkIsKept() throws Exception {
    TransactionalHandler failing =
        (job, connection) -> {
          throw new IllegalArgumentException("no");
        };
    UUID id =
        run(
            failing,
            work -> {
              try {
                inTransaction(work);
              } catch (IllegalArgumentException e) {
                inTransaction(work);
              }
            });
    assertThat(ended).containsExactly(Result.FAILED);
    assertThat(errorOf(id)).contains("once only").contains("IllegalArgumentException: no");
  }

  @Test
  void anErrorThatOthersSwallowFailsTheAttempt() throws Exception {
    TransactionalHandler failing =
        (job, connection) -> {
          throw new IllegalArgumentException("no");
        };
    UUID id =
        run(
            failing,
            work -> {
              try {
                inTransaction(work);
              } catch (IllegalArgumentException e) {
                // on purpose
              }
            });
    assertThat(ended).containsExactly(Result.FAILED);
    assertThat(errorOf(id)).contains("IllegalArgumentException: no");
  }

  @Test
  void workThatWasNotDoneFailsTheAttempt() throws Exception {
    UUID id = run(WRITES, work -> {});
    assertThat(ended).containsExactly(Result.FAILED);
    assertThat(errorOf(id)).contains("did not let the handler run");
  }

  @Test
  void snoozeAndGiveUpArePartOfTheTransaction() throws Exception {
    UUID snoozed =
        run(
            (job, connection) -> {
              write(connection, "snoozed");
              job.snooze(Duration.ofHours(1));
            },
            this::inTransaction);
    assertThat(ended).containsExactly(Result.SNOOZED);
    assertThat(db.queue().find(snoozed).orElseThrow().state()).isEqualTo(JobState.DELAYED);
    assertThat(written()).containsExactly("snoozed");
    ended.clear();
    UUID givenUp =
        run(
            (job, connection) -> {
              write(connection, "in vain");
              throw new GiveUpException("never");
            },
            this::inTransaction);
    assertThat(ended).containsExactly(Result.GAVE_UP);
    assertThat(db.queue().find(givenUp).orElseThrow().state()).isEqualTo(JobState.DEAD);
    assertThat(written()).containsExactly("snoozed");
  }

  @Test
  void aHandlerThatReturnsAlthoughItWasCancelledIsRolledBack() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    JobQueue queue = queue(this::inTransaction);
    UUID id = queue.send(JobRequest.of(NAME)).id();
    TransactionalHandler stubborn =
        (job, connection) -> {
          write(connection, "in vain");
          running.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            write(connection, "still in vain");
          }
        };
    try (JobRunner runner = queue.runner(jobs(stubborn)).start()) {
      assertThat(running.await(30, SECONDS)).isTrue();
      queue.cancel(id);
      awaitEnd();
      assertThat(runner.id()).isPresent();
    }
    assertThat(ended).containsExactly(Result.STOPPED);
    assertThat(written()).isEmpty();
  }

  /** Sends a job, and runs it until it has ended otherwise than by going back. */
  private UUID run(TransactionalHandler handler, HandlerTransactions transactions) {
    JobQueue queue = queue(transactions);
    UUID id = queue.send(JobRequest.of(NAME).retry(RetryPolicy.never())).id();
    try (JobRunner runner = queue.runner(jobs(handler)).start()) {
      awaitEnd();
      assertThat(runner.id()).isPresent();
    }
    return id;
  }

  /** Of the only attempt, with which the job has died. */
  private String errorOf(UUID id) {
    JobStatus job = db.queue().find(id).orElseThrow();
    assertThat(job.state()).isEqualTo(JobState.DEAD);
    assertThat(job.failedAttempts()).hasSize(1);
    return job.failedAttempts().get(0).error();
  }

  private void awaitEnd() {
    await().atMost(60, SECONDS).until(() -> ended.stream().anyMatch(r -> r != Result.HANDED_BACK));
  }

  private static JobRegistry jobs(TransactionalHandler handler) {
    return JobRegistry.builder().handleInTransaction(NAME, handler).build();
  }

  private JobQueue queue(HandlerTransactions transactions) {
    return JobQueue.builder(db.pool())
        .schema(db.name())
        .handlerTransactions(transactions)
        .listener(
            event -> {
              if (event instanceof JobEvent.Ended end) {
                ended.add(end.result());
              }
            })
        .build();
  }

  private void inTransaction(HandlerTransactions.Work work) throws Exception {
    try (Connection connection = open()) {
      try {
        work.run(connection);
      } catch (Exception e) {
        connection.rollback();
        throw e;
      }
      connection.commit();
    }
  }

  private Connection open() throws SQLException {
    Connection connection = db.session();
    connection.setAutoCommit(false);
    return connection;
  }

  private static void write(Connection connection, String what) throws SQLException {
    try (var statement = connection.prepareStatement("insert into written values (?)")) {
      statement.setString(1, what);
      statement.execute();
    }
  }

  private List<String> written() throws SQLException {
    return db.query("select what from written");
  }
}
