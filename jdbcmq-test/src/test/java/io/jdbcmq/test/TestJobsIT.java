package io.jdbcmq.test;

import static io.jdbcmq.test.JobQueueAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.job.Checkpoint;
import io.jdbcmq.job.CurrentJob;
import io.jdbcmq.job.GiveUpException;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.JobState;
import io.jdbcmq.job.JobStatus;
import io.jdbcmq.job.JobType;
import io.jdbcmq.job.LeaseLostException;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.spi.HandlerTransactions;
import io.jdbcmq.spi.JobEvent;
import io.jdbcmq.spi.JobInterceptor;
import java.io.IOException;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Jobs that run in the test's thread keep the promises that they keep with a runner. */
@ExtendWith(JobQueueExtension.class)
class TestJobsIT {
  private static final JobType<Order> ORDER = JobType.of("order", Order.class);
  private static final RetryPolicy ONCE = RetryPolicy.never();

  private final JobQueue queue;
  private final TestJobs jobs;
  private final List<String> done = new ArrayList<>();

  TestJobsIT(JobQueue queue, TestJobs jobs) {
    this.queue = queue;
    this.jobs = jobs;
  }

  @Test
  void handlerRunsInThisThreadAndCompletesItsJob() {
    List<Thread> threads = new ArrayList<>();
    JobRegistry registry =
        JobRegistry.builder()
            .handle(
                ORDER,
                (job, order) -> {
                  threads.add(Thread.currentThread());
                  done.add(order.customer());
                })
            .build();
    UUID id = queue.send(ORDER.request(new Order(7, "Ada"))).id();

    RunResult result = jobs.runNext(registry).requireCompleted();

    assertThat(result.jobId()).isEqualTo(id);
    assertThat(result.attempt().number()).isEqualTo(1);
    assertThat(done).containsExactly("Ada");
    assertThat(threads).containsExactly(Thread.currentThread());
    assertThat(queue).hasNoJobs();
  }

  @Test
  void jobsRunInTheOrderOfTheQueue() {
    queue.send(JobRequest.of("b"));
    queue.send(JobRequest.of("a").priority(-1));

    jobs.runNext(noting("a", "b"));
    jobs.runNext(noting("a", "b"));

    assertThat(done).containsExactly("a", "b");
  }

  @Test
  void onlyTheChannelsThatAreAskedForAreServed() {
    queue.send(JobRequest.of("a").channel("email"));
    queue.send(JobRequest.of("b").channel("sms"));

    jobs.runNext(noting("a", "b"), "sms");

    assertThat(done).containsExactly("b");
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> jobs.runNext(noting("a", "b"), "sms"))
        .withMessageStartingWith("Expecting a job to be due, but none is in [sms].")
        .withMessageContaining("a in channel email, ready");
  }

  @Test
  void noJobIsDue() {
    queue.send(JobRequest.of("a").delay(Duration.ofHours(1)));

    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> jobs.runNext(noting("a")))
        .withMessageContaining("a in channel default, delayed until");
  }

  @Test
  void failedAttemptIsKeptAndTriedAgainAfterItsBackoff() {
    IOException error = new IOException("printer on fire");
    UUID id = queue.send(JobRequest.of("print").retry(retry(1, Duration.ofMinutes(1)))).id();

    RunResult first = jobs.runNext(failing("print", error));

    assertThat(first)
        .isInstanceOfSatisfying(
            RunResult.Failed.class, failed -> assertThat(failed.error()).isSameAs(error));
    JobStatus status = queue.find(id).orElseThrow();
    assertThat(status.state()).isEqualTo(JobState.DELAYED);
    assertThat(status.failedAttempts().get(0).error()).contains("printer on fire");
    assertThat(((RunResult.Failed) first).nextAttemptAt())
        .isEqualTo(status.nextAttemptAt().orElseThrow());
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(first::requireCompleted)
        .withMessageContaining("attempt 1, but it failed and is tried again at")
        .withCause(error);
  }

  @Test
  void lastAttemptMakesADeadLetter() {
    queue.send(JobRequest.of("print").retry(ONCE));

    RunResult result = jobs.runNext(failing("print", new IOException("on fire")));

    assertThat(result).isInstanceOf(RunResult.Died.class);
    assertThat(queue).hasSent("print").inState(JobState.DEAD);
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(result::requireCompleted)
        .withMessageContaining("it is a dead letter");
  }

  @Test
  void handlerGivesUp() {
    queue.send(JobRequest.of("a"));
    queue.send(JobRequest.of("b"));
    JobRegistry registry =
        JobRegistry.builder()
            .handle("a", job -> job.giveUp("no such customer"))
            .handle(
                "b",
                job -> {
                  throw new GiveUpException("no such order");
                })
            .build();

    RunResult first = jobs.runNext(registry);
    RunResult second = jobs.runNext(registry);

    assertThat(first).isInstanceOf(RunResult.Died.class);
    assertThat(first.thrown().orElseThrow()).hasMessage("no such customer");
    assertThat(second.thrown().orElseThrow()).hasMessage("no such order");
    assertThat(queue.deadLetters().list(10)).hasSize(2);
  }

  @Test
  void snoozedJobUsesNoAttempt() {
    UUID id = queue.send(JobRequest.of("a")).id();

    RunResult result =
        jobs.runNext(
            JobRegistry.builder().handle("a", job -> job.snooze(Duration.ofMinutes(3))).build());

    JobStatus status = queue.find(id).orElseThrow();
    assertThat(result)
        .isInstanceOfSatisfying(
            RunResult.Snoozed.class,
            snoozed -> assertThat(snoozed.until()).isEqualTo(status.nextAttemptAt().orElseThrow()));
    assertThat(status.attempt()).isEqualTo(1);
  }

  @Test
  void checkpointIsWhereTheNextAttemptStarts() {
    UUID id = queue.send(ORDER.request(new Order(1, "Ada")).retry(retry(1, Duration.ZERO))).id();
    JobRegistry registry =
        JobRegistry.builder()
            .handle(
                ORDER,
                (job, order) -> {
                  done.add("from " + order.number());
                  if (job.attempt() == 1) {
                    job.checkpoint(Checkpoint.payload(new Order(2, "Ada")));
                    throw new IOException("interrupted");
                  }
                })
            .build();

    assertThat(jobs.run(id, registry)).isInstanceOf(RunResult.Failed.class);
    jobs.run(id, registry).requireCompleted();

    assertThat(done).containsExactly("from 1", "from 2");
  }

  @Test
  void transactionalHandlerCommitsOrRollsBackWithItsJob(DataSource dataSource) throws Exception {
    execute(dataSource, "create table shipments (number int)");
    queue.send(JobRequest.of("ship").retry(retry(1, Duration.ZERO)));
    JobRegistry registry =
        JobRegistry.builder()
            .handleInTransaction(
                "ship",
                (job, connection) -> {
                  try (Statement statement = connection.createStatement()) {
                    statement.execute("insert into shipments values (" + job.attempt() + ")");
                  }
                  if (job.attempt() == 1) {
                    throw new IOException("out of paper");
                  }
                })
            .build();

    assertThat(jobs.runNext(registry)).isInstanceOf(RunResult.Failed.class);
    jobs.runNext(registry).requireCompleted();

    assertThat(query(dataSource, "select string_agg(number::text, ',') from shipments"))
        .isEqualTo("2");
    assertThat(queue).hasNoJobs();
    execute(dataSource, "drop table shipments");
  }

  @Test
  void transactionsOfAContainerEndTheJobsToo(DataSource dataSource) {
    JobQueue managed =
        JobQueue.builder(dataSource)
            .handlerTransactions(
                work -> {
                  done.add("begin");
                  inContainer(dataSource, work);
                  done.add("commit");
                })
            .build();
    queue.send(List.of(JobRequest.of("a"), JobRequest.of("b").retry(ONCE)));
    JobRegistry registry =
        JobRegistry.builder()
            .handleInTransaction("a", (job, connection) -> done.add("a"))
            .handleInTransaction(
                "b",
                (job, connection) -> {
                  throw new IOException("no");
                })
            .build();

    TestJobs.of(managed).runNext(registry).requireCompleted();
    RunResult second = TestJobs.of(managed).runNext(registry);

    assertThat(done).containsExactly("begin", "a", "commit", "begin");
    assertThat(second).isInstanceOf(RunResult.Died.class);
    assertThat(queue).hasSentExactly("b");
  }

  private static void inContainer(DataSource dataSource, HandlerTransactions.Work work)
      throws Exception {
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      work.run(connection);
      connection.commit();
    }
  }

  @Test
  void interceptorsAndListenersOfTheQueueTakePart(DataSource dataSource) {
    JobQueue watched =
        JobQueue.builder(dataSource)
            .interceptor(
                new JobInterceptor() {
                  @Override
                  public void aroundRun(CurrentJob job, Handling handling) throws Exception {
                    done.add("before");
                    handling.proceed();
                    done.add("after");
                  }
                })
            .listener(
                event -> {
                  if (event instanceof JobEvent.Ended ended) {
                    done.add("ended " + ended.attempt().jobName());
                  }
                })
            .build();
    queue.send(JobRequest.of("a"));

    TestJobs.of(watched).runNext(noting("a")).requireCompleted();

    assertThat(done).containsExactly("before", "a", "after", "ended a");
  }

  @Test
  void jobThatIsCompletedByItsHandlerStaysCompleted() {
    queue.send(JobRequest.of("a"));

    RunResult result =
        jobs.runNext(
            JobRegistry.builder()
                .handle(
                    "a",
                    job -> {
                      job.complete();
                      throw new IOException("too late");
                    })
                .build());

    assertThat(result.requireCompleted().thrown().orElseThrow()).hasMessage("too late");
    assertThat(queue).hasNoJobs();
  }

  @Test
  void completionThatIsRolledBackIsAFailedAttempt(DataSource dataSource) {
    queue.send(JobRequest.of("a"));

    RunResult result =
        jobs.runNext(
            JobRegistry.builder()
                .handle(
                    "a",
                    job -> {
                      try (Connection connection = dataSource.getConnection()) {
                        connection.setAutoCommit(false);
                        job.complete(connection);
                        connection.rollback();
                      }
                    })
                .build());

    assertThat(result).isInstanceOf(RunResult.Failed.class);
    assertThat(result.thrown().orElseThrow()).hasMessageContaining("rolled back");
  }

  @Test
  void transactionThatStaysOpenLeavesItUndecided(DataSource dataSource) throws Exception {
    queue.send(JobRequest.of("a"));

    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      RunResult result =
          jobs.runNext(JobRegistry.builder().handle("a", job -> job.complete(connection)).build());
      assertThat(result).isInstanceOf(RunResult.Undecided.class);
      connection.commit();
    }

    assertThat(queue).hasNoJobs();
  }

  @Test
  void jobThatIsCancelledMeanwhileIsGone() {
    UUID id = queue.send(JobRequest.of("a")).id();

    RunResult result =
        jobs.runNext(
            JobRegistry.builder()
                .handle(
                    "a",
                    job -> {
                      queue.cancel(id);
                      done.add("ran");
                    })
                .build());

    assertThat(done).containsExactly("ran");
    assertThat(result).isInstanceOf(RunResult.Gone.class);
  }

  @Test
  void transactionOfACancelledJobCannotCommit() {
    UUID id = queue.send(JobRequest.of("a")).id();

    RunResult result =
        jobs.runNext(
            JobRegistry.builder()
                .handleInTransaction("a", (job, connection) -> queue.cancel(id))
                .build());

    assertThat(result).isInstanceOf(RunResult.Gone.class);
    assertThat(result.thrown().orElseThrow()).isInstanceOf(LeaseLostException.class);
  }

  @Test
  void jobWithoutHandlerGoesBack() {
    UUID id = queue.send(JobRequest.of("a")).id();

    RunResult result = jobs.runNext(noting("b"));

    assertThat(result).isInstanceOf(RunResult.NoHandler.class);
    assertThat(queue.find(id).orElseThrow().unknownCount()).isEqualTo(1);
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(result::requireCompleted)
        .withMessageContaining("has no handler in this registry");
  }

  @Test
  void timeoutInterruptsTheHandlerInThisThread() {
    queue.send(JobRequest.of("a").timeout(Duration.ofMillis(50)));
    CountDownLatch never = new CountDownLatch(1);

    RunResult result =
        jobs.runNext(JobRegistry.builder().handle("a", job -> never.await()).build());

    assertThat(result.thrown().orElseThrow())
        .isInstanceOf(TimeoutException.class)
        .hasMessageContaining("timed out after PT0.05S");
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void oneJobRunsBeforeItsTurn() {
    queue.send(JobRequest.of("a"));
    UUID id = queue.send(JobRequest.of("b")).id();
    queue.send(JobRequest.of("c").priority(-5));

    jobs.run(id, noting("b")).requireCompleted();

    assertThat(done).containsExactly("b");
    assertThat(queue).hasSentExactly("a", "c").hasSent("a").inState(JobState.READY);
    jobs.drain(noting("a", "c"));
    assertThat(done).containsExactly("b", "c", "a");
  }

  @Test
  void dueJobRunsAheadOfOthersThatAreDue() {
    queue.send(JobRequest.of("a").delay(Duration.ofMinutes(1)));
    UUID id = queue.send(JobRequest.of("b").delay(Duration.ofMinutes(2))).id();
    jobs.clock().advance(Duration.ofMinutes(3));

    jobs.run(id, noting("b")).requireCompleted();

    assertThat(queue).hasSentExactly("a");
  }

  @Test
  void jobThatCannotRunTellsWhy() {
    UUID delayed = queue.send(JobRequest.of("a").delay(Duration.ofHours(1))).id();
    UUID reserved = queue.reserve(JobRequest.of("a"), Duration.ofHours(1)).id();
    queue.send(JobRequest.of("a").channel("line").ordered());
    UUID parked = queue.send(JobRequest.of("a").channel("line").ordered()).id();
    UUID paused = queue.send(JobRequest.of("a").channel("paused")).id();
    queue.channels().pause("paused");
    UUID dead = queue.send(JobRequest.of("b").channel("b").retry(ONCE)).id();
    jobs.run(dead, failing("b", new IOException()));

    cannotRun(delayed, "it is delayed until 2");
    cannotRun(reserved, "it is reserved: commit it first");
    cannotRun(parked, "it waits behind another job of its ordered channel");
    cannotRun(paused, "its channel is paused");
    cannotRun(dead, "it is a dead letter: redrive it first");
    cannotRun(UUID.randomUUID(), "but there is none: it has ended");
  }

  @Test
  void orderedJobsTakeTheirTurns() {
    queue.send(
        List.of(
            JobRequest.of("a").ordered().retry(retry(1, Duration.ofMinutes(1))),
            JobRequest.of("b").ordered()));

    jobs.drain(failing("a", new IOException()));
    assertThat(queue).hasSent("b").inState(JobState.PARKED);
    jobs.clock().advance(Duration.ofMinutes(2));
    jobs.drain(noting("a", "b"));

    assertThat(done).containsExactly("a", "b");
  }

  private void cannotRun(UUID id, String why) {
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> jobs.run(id, noting("a", "b")))
        .withMessageContaining(why);
  }

  private JobRegistry noting(String... names) {
    JobRegistry.Builder registry = JobRegistry.builder();
    for (String name : names) {
      registry.handle(name, job -> done.add(name));
    }
    return registry.build();
  }

  private static JobRegistry failing(String name, Exception error) {
    return JobRegistry.builder()
        .handle(
            name,
            job -> {
              throw error;
            })
        .build();
  }

  private static RetryPolicy retry(int retries, Duration backoff) {
    return RetryPolicy.of(retries, backoff);
  }

  private static void execute(DataSource dataSource, String sql) throws Exception {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String query(DataSource dataSource, String sql) throws Exception {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }
}
