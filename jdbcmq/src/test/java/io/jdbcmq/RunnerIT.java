package io.jdbcmq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.job.CurrentJob;
import io.jdbcmq.job.DeadLetter;
import io.jdbcmq.job.FailedAttempt;
import io.jdbcmq.job.JobHandler;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.JobState;
import io.jdbcmq.job.JobStatus;
import io.jdbcmq.job.JobType;
import io.jdbcmq.job.PayloadException;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.job.SchemaException;
import io.jdbcmq.job.SendResult;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;

class RunnerIT {
  private static final RetryPolicy TWICE_AT_ONCE = RetryPolicy.of(2, Duration.ZERO);

  @RegisterExtension final TestSchema db = new TestSchema();

  @Test
  void aHandlerOfObjectsNeedsACodecAtTheStart() {
    JobRegistry jobs =
        JobRegistry.builder().handle(JobType.of("mail", String.class), (job, text) -> {}).build();
    assertThatThrownBy(() -> db.queue().runner(jobs).start())
        .isInstanceOf(PayloadException.class)
        .hasMessageContaining("there is no payload codec: add io.jdbcmq:jdbcmq-jackson3");
    JobRegistry binary =
        JobRegistry.builder().handle(JobType.of("scan", byte[].class), (job, scan) -> {}).build();
    try (JobRunner runner = db.queue().runner(binary).start()) {
      assertThat(runner.id()).isPresent();
    }
  }

  @Test
  void aFailingJobHasOneAttemptMoreThanRetriesAndBecomesADeadLetterWithAllErrors() {
    JobQueue queue = db.queue();
    Queue<Integer> attempts = new ConcurrentLinkedQueue<>();
    run(
        queue,
        "fail",
        job -> {
          attempts.add(job.attempt());
          assertThat(job.isLastAttempt()).isEqualTo(job.attempt() == 3);
          throw new IllegalStateException("attempt " + job.attempt());
        });

    UUID id = queue.send(JobRequest.of("fail").retry(TWICE_AT_ONCE)).id();

    JobStatus status = awaitState(queue, id, JobState.DEAD);
    assertThat(attempts).containsExactly(1, 2, 3);
    assertThat(status.failedAttempts()).extracting(FailedAttempt::attempt).containsExactly(1, 2, 3);
    assertThat(status.failedAttempts().get(1).error())
        .startsWith("java.lang.IllegalStateException: attempt 2\n");
    assertThat(queue.exists(id)).isFalse();
  }

  @Test
  void aRedrivenDeadLetterHasAllItsAttemptsAgainAndADiscardedOneIsGone() throws Exception {
    JobQueue queue = db.queue();
    CountDownLatch done = new CountDownLatch(1);
    AtomicInteger runs = new AtomicInteger();
    run(
        queue,
        "fail",
        job -> {
          if (runs.incrementAndGet() <= 3) {
            throw new IllegalStateException();
          }
          assertThat(job.attempt()).isEqualTo(1);
          done.countDown();
        });
    UUID id = queue.send(JobRequest.of("fail").bytes(new byte[] {7}).retry(TWICE_AT_ONCE)).id();
    awaitState(queue, id, JobState.DEAD);
    assertThat(queue.deadLetters().list(10))
        .singleElement()
        .satisfies(
            letter -> {
              assertThat(letter.id()).isEqualTo(id);
              assertThat(letter.attempts()).isEqualTo(3);
              assertThat(letter.bytes().orElseThrow()).containsExactly(7);
            });

    assertThat(queue.deadLetters().redrive(List.of(id, UUID.randomUUID()))).containsExactly(id);
    assertThat(done.await(20, SECONDS)).isTrue();
    awaitGone(queue, id);

    runs.set(0);
    UUID other = queue.send(JobRequest.of("fail").retry(RetryPolicy.never())).id();
    awaitState(queue, other, JobState.DEAD);
    assertThat(queue.send(JobRequest.of("fail").id(other)))
        .isEqualTo(new SendResult.Duplicate(other));
    assertThat(queue.deadLetters().discard(Set.of(other))).containsExactly(other);
    assertThat(queue.find(other)).isEmpty();
  }

  /** As docs/how-to/deal-with-failures.md has it. */
  @Test
  void oldDeadLettersAreDiscardedPageByPage() throws Exception {
    JobQueue queue = db.queue();
    run(queue, "fail", job -> job.giveUp("on purpose"));
    List<UUID> ids = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      ids.add(queue.send(JobRequest.of("fail")).id());
      awaitState(queue, ids.get(i), JobState.DEAD);
    }
    db.execute(
        "update mq_dead set died_at = died_at - interval '91 days' where id <> '%s'"
            .formatted(ids.get(3)));

    Instant end = Instant.now().minus(Duration.ofDays(90));
    List<UUID> old;
    do {
      old =
          queue.deadLetters().list(2).stream()
              .filter(letter -> letter.diedAt().isBefore(end))
              .map(DeadLetter::id)
              .toList();
      queue.deadLetters().discard(old);
    } while (!old.isEmpty());

    assertThat(queue.deadLetters().list(10)).extracting(DeadLetter::id).containsExactly(ids.get(3));
  }

  @Test
  void aTransactionalHandlerCompletesTogetherWithItsWritesOrNotAtAll() throws Exception {
    db.execute("create table effects (job_id uuid, attempt int)");
    JobQueue queue = db.queue();
    AtomicInteger runs = new AtomicInteger();
    JobRegistry jobs =
        JobRegistry.builder()
            .handle(
                "own",
                job -> {
                  try (Connection connection = db.pool().getConnection()) {
                    connection.setAutoCommit(false);
                    effect(connection, job);
                    job.complete(connection);
                    if (runs.incrementAndGet() == 1) {
                      connection.rollback();
                    } else {
                      connection.commit();
                    }
                    connection.setAutoCommit(true);
                  }
                })
            .build();
    db.closing(queue.runner(jobs).start());

    UUID id = queue.send(JobRequest.of("own").retry(TWICE_AT_ONCE)).id();

    awaitGone(queue, id);
    // The first attempt was rolled back, completion and all, and counts as failed.
    assertThat(db.query("select attempt from effects")).containsExactly("2");
    assertThat(runs).hasValue(2);
  }

  @Test
  void aJobWhoseNameIsUnknownGoesBackWithoutUsingAnAttemptAndIsVisible() throws Exception {
    JobQueue queue = db.queue();
    JobRunner old = run(queue, "known", job -> {});
    UUID id = queue.send(JobRequest.of("added-later").retry(RetryPolicy.never())).id();

    await().atMost(20, SECONDS).until(() -> queue.find(id).orElseThrow().unknownCount() > 0);
    assertThat(queue.find(id).orElseThrow().attempt()).isEqualTo(1);
    assertThat(queue.find(id).orElseThrow().failedAttempts()).isEmpty();
    assertThat(queue.unknownJobs()).containsExactly(Map.entry("added-later", 1L));

    old.close();
    Queue<Integer> attempts = new ConcurrentLinkedQueue<>();
    run(queue, "added-later", job -> attempts.add(job.attempt()));
    awaitGone(queue, id);
    assertThat(attempts).containsExactly(1);
  }

  @Test
  void aRunnerNeverRunsMoreThanItsMaximumAtOnce() throws Exception {
    JobQueue queue = db.queue();
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch full = new CountDownLatch(5);
    CountDownLatch go = new CountDownLatch(1);
    JobRegistry jobs =
        JobRegistry.builder()
            .handle(
                "hold",
                job -> {
                  most.accumulateAndGet(running.incrementAndGet(), Math::max);
                  full.countDown();
                  go.await();
                  running.decrementAndGet();
                })
            .build();
    queue.send(IntStream.range(0, 50).mapToObj(i -> JobRequest.of("hold")).toList());
    JobRunner runner = db.closing(queue.runner(jobs).concurrency(3, 5).start());

    assertThat(full.await(20, SECONDS)).isTrue();
    assertThat(runner.running()).isEqualTo(5);
    assertThat(db.count("mq_ready")).isEqualTo(45); // nothing is claimed that cannot start
    go.countDown();
    await().atMost(20, SECONDS).until(() -> db.count("mq_jobs") == 0);
    assertThat(most).hasValue(5);
  }

  @Test
  void aRunnerServesOnlyTheChannelsItListensTo() throws Exception {
    JobQueue queue = db.queue();
    Queue<String> served = new ConcurrentLinkedQueue<>();
    JobRegistry jobs =
        JobRegistry.builder().handle("note", job -> served.add(job.channel().name())).build();
    String odd = "it's \"odd\" \uD83D\uDC18".repeat(10);
    queue.send(
        List.of(
            JobRequest.of("note").channel("a"),
            JobRequest.of("note").channel("b"),
            JobRequest.of("note").channel(odd, "with args")));

    db.closing(queue.runner(jobs).channels("a", odd).start());

    await().atMost(20, SECONDS).until(() -> served.size() == 2);
    assertThat(served).containsExactlyInAnyOrder("a", odd);
    await().atMost(20, SECONDS).until(() -> db.count("mq_jobs") == 1);
    assertThat(db.query("select channel_name from mq_ready")).containsExactly("b");
  }

  @Test
  void shutdownWaitsForHandlersThenInterruptsThemAndLosesNothing() throws Exception {
    JobQueue queue = db.queue();
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    JobRunner runner =
        run(
            queue,
            "hang",
            job -> {
              started.countDown();
              never.await();
            });
    UUID id = queue.send(JobRequest.of("hang").retry(RetryPolicy.of(1, Duration.ofHours(1)))).id();
    assertThat(started.await(20, SECONDS)).isTrue();

    assertThat(runner.shutdown(Duration.ofMillis(50))).isTrue();

    JobStatus status = queue.find(id).orElseThrow();
    assertThat(status.state()).isEqualTo(JobState.DELAYED);
    assertThat(status.failedAttempts())
        .singleElement()
        .satisfies(failure -> assertThat(failure.error()).contains("InterruptedException"));
    assertThat(db.count("mq_runners")).isZero();
  }

  @Test
  void aHandlerThatIgnoresItsInterruptIsLeftToTheLease() throws Exception {
    JobQueue queue = db.queue();
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    JobRegistry jobs =
        JobRegistry.builder()
            .handle(
                "deaf",
                job -> {
                  started.countDown();
                  boolean ended = false;
                  while (!ended) {
                    try {
                      end.await();
                      ended = true;
                    } catch (InterruptedException e) {
                      // deaf
                    }
                  }
                })
            .build();
    JobRunner runner = queue.runner(jobs).lease(Duration.ofSeconds(2)).start();
    UUID id = queue.send(JobRequest.of("deaf").retry(RetryPolicy.of(1, Duration.ofHours(1)))).id();
    assertThat(started.await(20, SECONDS)).isTrue();

    assertThat(runner.shutdown(Duration.ZERO)).isFalse();
    assertThat(db.count("mq_runners")).isEqualTo(1);

    run(queue, "other", job -> {});
    JobStatus status = awaitState(queue, id, JobState.DELAYED);
    assertThat(status.failedAttempts().get(0).error()).startsWith("runner lost: ");
    end.countDown();
  }

  @Test
  void everythingIsFoundByPollingWhenAllNotificationsAreLost() throws Exception {
    JobQueue queue = db.queue();
    CountDownLatch ran = new CountDownLatch(20);
    JobRegistry jobs = JobRegistry.builder().handle("poll", job -> ran.countDown()).build();
    db.closing(queue.runner(jobs).pollOnly().pollInterval(Duration.ofMillis(100)).start());
    for (int i = 0; i < 20; i++) {
      db.queue().send(JobRequest.of("poll").delay(Duration.ofMillis(10L * i)));
    }
    assertThat(ran.await(20, SECONDS)).isTrue();
    assertThat(db.query("select hungry_until from mq_groups")).isEmpty();
  }

  @Test
  void aRunnerRefusesASchemaThatIsNotThere() {
    JobQueue queue = JobQueue.builder(db.pool()).schema("nowhere").build();
    JobRegistry jobs = JobRegistry.builder().handle("x", job -> {}).build();
    assertThatThrownBy(() -> queue.runner(jobs).start())
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("queue.migrate()");
    assertThatThrownBy(() -> queue.send(JobRequest.of("x")))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("queue.migrate()");
  }

  @Test
  void aJobThatWasClearedWhileItRanIsNotCompletedAndDoesNotComeBack() throws Exception {
    JobQueue queue = db.queue();
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    JobRunner runner =
        run(
            queue,
            "cleared",
            job -> {
              started.countDown();
              go.await();
            });
    UUID id = queue.send(JobRequest.of("cleared")).id();
    assertThat(started.await(20, SECONDS)).isTrue();
    assertThat(queue.clearAll()).isEqualTo(1);
    go.countDown();
    assertThat(runner.shutdown(Duration.ofSeconds(20))).isTrue();
    assertThat(queue.find(id)).isEmpty();
  }

  @Test
  void aTransactionThatHoldsTheRowOfOneJobDoesNotHoldUpTheOthers() throws Exception {
    JobQueue queue = db.queue();
    CountDownLatch started = new CountDownLatch(10);
    CountDownLatch go = new CountDownLatch(1);
    JobRegistry jobs =
        JobRegistry.builder()
            .handle(
                "held",
                job -> {
                  started.countDown();
                  go.await();
                })
            .build();
    UUID locked = queue.send(JobRequest.of("held")).id();
    queue.send(Collections.nCopies(9, JobRequest.of("held")));
    JobRunner runner = db.closing(queue.runner(jobs).start());
    assertThat(started.await(20, SECONDS)).isTrue();

    try (Connection forgotten = db.session();
        Statement statement = forgotten.createStatement()) {
      forgotten.setAutoCommit(false);
      statement.execute("select from mq_jobs where id = '" + locked + "' for update");
      go.countDown();

      await().atMost(20, SECONDS).until(() -> db.count("mq_jobs") == 1);
      assertThat(db.count("mq_claims")).isPositive(); // still there to be rescued
      forgotten.rollback();
    }
    awaitGone(queue, locked);
    assertThat(runner.shutdown(Duration.ofSeconds(20))).isTrue();
    assertThat(db.count("mq_claims")).isZero();
  }

  @Test
  void aHandlerThatRollsItsOwnCompletionBackHasFailed() throws Exception {
    JobQueue queue = db.queue();
    Queue<Integer> attempts = new ConcurrentLinkedQueue<>();
    JobRegistry jobs =
        JobRegistry.builder()
            .handleInTransaction(
                "undo",
                (job, connection) -> {
                  attempts.add(job.attempt());
                  job.complete(connection);
                  if (job.attempt() == 1) {
                    connection.rollback();
                  }
                })
            .build();
    db.closing(queue.runner(jobs).start());
    UUID id = queue.send(JobRequest.of("undo").retry(TWICE_AT_ONCE)).id();
    awaitGone(queue, id);
    assertThat(attempts).containsExactly(1, 2);
  }

  @Test
  void aTransactionalHandlerThatIgnoresItsInterruptStillCompletes() throws Exception {
    JobQueue queue = db.queue();
    CountDownLatch started = new CountDownLatch(1);
    JobRegistry jobs =
        JobRegistry.builder()
            .handleInTransaction(
                "stubborn",
                (job, connection) -> {
                  started.countDown();
                  try {
                    new CountDownLatch(1).await();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt(); // and returns as if all were well
                  }
                })
            .build();
    JobRunner runner = db.closing(queue.runner(jobs).start());
    UUID id = queue.send(JobRequest.of("stubborn").retry(RetryPolicy.never())).id();
    assertThat(started.await(20, SECONDS)).isTrue();
    assertThat(runner.shutdown(Duration.ZERO)).isTrue();
    assertThat(queue.find(id)).isEmpty();
  }

  @Test
  void closingFromAnInterruptedThreadStopsEverything() throws Exception {
    JobQueue queue = db.queue();
    CountDownLatch started = new CountDownLatch(1);
    JobRunner runner =
        run(
            queue,
            "hang",
            job -> {
              started.countDown();
              new CountDownLatch(1).await();
            });
    queue.send(JobRequest.of("hang").retry(RetryPolicy.of(1, Duration.ofHours(1))));
    assertThat(started.await(20, SECONDS)).isTrue();

    Thread.currentThread().interrupt();
    runner.close();

    assertThat(Thread.interrupted()).isTrue();
    assertThat(runner.running()).isZero();
    assertThat(db.count("mq_runners")).isZero();
  }

  @Test
  void aDueJobThatSomebodyHoldsDoesNotKeepARunnerBusy() throws Exception {
    JobQueue queue = db.queue();
    queue.send(JobRequest.of("held").delay(Duration.ofMillis(1)));
    try (Connection holder = db.session();
        Statement statement = holder.createStatement()) {
      holder.setAutoCommit(false);
      statement.execute("select from mq_delayed for update");
      run(queue, "held", job -> {});
      long before = commits();
      await().pollDelay(Duration.ofSeconds(2)).until(() -> true);
      assertThat(commits() - before).isLessThan(200); // polling at once made thousands
      holder.rollback();
    }
    await().atMost(20, SECONDS).until(() -> db.count("mq_jobs") == 0);
  }

  @Test
  void theSocketTimeoutOfTheUserStays() throws Exception {
    PGSimpleDataSource patient = db.direct();
    patient.setSocketTimeout(7);
    AtomicInteger inHandler = new AtomicInteger(-1);
    JobRegistry jobs =
        JobRegistry.builder()
            .handleInTransaction(
                "look", (job, connection) -> inHandler.set(connection.getNetworkTimeout()))
            .build();
    JobQueue queue = JobQueue.builder(patient).schema(db.name()).build();
    db.closing(queue.runner(jobs).start());
    UUID id = queue.send(JobRequest.of("look")).id();
    awaitGone(queue, id);
    assertThat(inHandler).hasValue(7000);
  }

  private JobRunner run(JobQueue queue, String name, JobHandler handler) {
    JobRegistry jobs = JobRegistry.builder().handle(name, handler).build();
    return db.closing(queue.runner(jobs).start());
  }

  private long commits() throws SQLException {
    return Long.parseLong(
        db.query("select xact_commit from pg_stat_database where datname = current_database()")
            .get(0));
  }

  private void effect(Connection connection, CurrentJob job) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("insert into " + db.name() + ".effects values (?, ?)")) {
      statement.setObject(1, job.id());
      statement.setInt(2, job.attempt());
      statement.executeUpdate();
    }
  }

  private static JobStatus awaitState(JobQueue queue, UUID id, JobState state) {
    return await()
        .atMost(30, SECONDS)
        .until(() -> queue.find(id), found -> found.isPresent() && found.get().state() == state)
        .orElseThrow();
  }

  private static void awaitGone(JobQueue queue, UUID id) {
    await().atMost(30, SECONDS).until(() -> queue.find(id).equals(Optional.empty()));
  }
}
