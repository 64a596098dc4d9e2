package io.jdbcmq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.job.CurrentJob;
import io.jdbcmq.job.JobHandler;
import io.jdbcmq.job.JobState;
import io.jdbcmq.job.JobStatus;
import io.jdbcmq.job.TransactionalHandler;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;

/** What tests of runners have in common: a job named "job", and waiting for what becomes of it. */
final class Jobs {
  static final String NAME = "job";

  private Jobs() {}

  static JobRegistry handledBy(JobHandler handler) {
    return JobRegistry.builder().handle(NAME, handler).build();
  }

  static JobRegistry handledInTransactionBy(TransactionalHandler handler) {
    return JobRegistry.builder().handleInTransaction(NAME, handler).build();
  }

  static JobStatus awaitState(JobQueue queue, UUID id, JobState state) {
    return await()
        .atMost(30, SECONDS)
        .until(() -> queue.find(id), found -> found.isPresent() && found.get().state() == state)
        .orElseThrow();
  }

  static JobStatus awaitAttempt(JobQueue queue, UUID id, int attempt) {
    return await()
        .atMost(30, SECONDS)
        .until(() -> queue.find(id), found -> found.map(JobStatus::attempt).orElse(0) == attempt)
        .orElseThrow();
  }

  static void awaitGone(JobQueue queue, UUID id) {
    await().atMost(30, SECONDS).until(() -> queue.find(id).equals(Optional.empty()));
  }

  static void createEffects(TestSchema db) throws SQLException {
    db.execute("create table effects (job_id uuid, attempt int)");
  }

  static void effect(TestSchema db, Connection connection, CurrentJob job) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("insert into " + db.name() + ".effects values (?, ?)")) {
      statement.setObject(1, job.id());
      statement.setInt(2, job.attempt());
      statement.executeUpdate();
    }
  }

  /** Waits for an interrupt. */
  static void hang() throws InterruptedException {
    new CountDownLatch(1).await();
  }

  /** Waits for this, whatever interrupts it. */
  static void awaitDeafly(CountDownLatch latch) {
    boolean over = false;
    while (!over) {
      try {
        latch.await();
        over = true;
      } catch (InterruptedException e) {
        // deaf
      }
    }
  }
}
