package io.jdbcmq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.job.Attempt;
import io.jdbcmq.job.CurrentJob;
import io.jdbcmq.job.JobHandler;
import io.jdbcmq.job.JobQueueException;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.job.SendResult;
import io.jdbcmq.spi.JobEvent;
import io.jdbcmq.spi.JobEvent.Result;
import io.jdbcmq.spi.JobInterceptor;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What listeners and interceptors get to see. */
class EventsIT {
  private static final String NAME = "told";
  private static final RetryPolicy ONCE = RetryPolicy.never();

  @RegisterExtension final TestSchema db = new TestSchema();

  private final List<JobEvent> events = new CopyOnWriteArrayList<>();
  private final List<String> errors = new CopyOnWriteArrayList<>();

  @Test
  void aJobIsTracedFromSendToSettlement() {
    JobQueue queue = queue();
    UUID id = queue.send(JobRequest.of(NAME).header("tenant", "7")).id();
    try (JobRunner runner = runner(queue, job -> {})) {
      awaitEnds(1);
      assertThat(runner.id()).isPresent();
    }
    assertThat(of(JobEvent.Sent.class))
        .singleElement()
        .satisfies(
            sent -> {
              assertThat(sent.requests()).extracting(JobRequest::jobName).containsExactly(NAME);
              assertThat(sent.results()).containsExactly(new SendResult.Sent(id));
              assertThat(sent.joined()).isFalse();
              assertThat(sent.took()).isPositive();
            });
    assertThat(of(JobEvent.Polled.class)).anyMatch(poll -> poll.claimed() == 1);
    Attempt started = of(JobEvent.Started.class).get(0).attempt();
    assertThat(started)
        .returns(id, Attempt::jobId)
        .returns(1, Attempt::number)
        .returns(false, Attempt::last)
        .returns(Map.of("tenant", "7"), Attempt::headers);
    JobEvent.Ended ended = of(JobEvent.Ended.class).get(0);
    assertThat(ended.attempt()).isEqualTo(started);
    assertThat(ended.result()).isEqualTo(Result.COMPLETED);
    assertThat(ended.error()).isEmpty();
    assertThat(ended.took()).isPositive();
    assertThat(of(JobEvent.Settled.class))
        .extracting(JobEvent.Settled::result, JobEvent.Settled::jobs)
        .containsExactly(org.assertj.core.groups.Tuple.tuple(Result.COMPLETED, 1));
    assertThat(of(JobEvent.LeaseTaken.class)).hasSize(1);
    assertThat(of(JobEvent.LeaseEnded.class)).hasSize(1);
    assertThat(errors).isEmpty();
  }

  @Test
  void aFailureIsToldWithItsErrorAndADeathOnce() {
    JobQueue queue = queue();
    queue.send(JobRequest.of(NAME).retry(RetryPolicy.of(1, Duration.ZERO)));
    JobHandler failing =
        job -> {
          throw new IllegalArgumentException("attempt " + job.attempt());
        };
    try (JobRunner runner = runner(queue, failing)) {
      await().atMost(30, SECONDS).until(() -> of(JobEvent.Died.class).size() == 1);
      assertThat(runner.running()).isZero();
    }
    assertThat(of(JobEvent.Ended.class))
        .extracting(ended -> ended.result() + " " + ended.error().orElseThrow().getMessage())
        .containsExactly("FAILED attempt 1", "FAILED attempt 2");
    assertThat(of(JobEvent.Died.class).get(0).attempt())
        .returns(2, Attempt::number)
        .returns(true, Attempt::last);
    assertThat(errors)
        .containsExactly(
            "1 java.lang.IllegalArgumentException: attempt 1",
            "2 java.lang.IllegalArgumentException: attempt 2");
  }

  @Test
  void eachWayToEndIsToldAsWhatItIs() throws Exception {
    assertThat(resultOf(job -> job.snooze(Duration.ofHours(1)))).isEqualTo(Result.SNOOZED);
    assertThat(resultOf(job -> job.giveUp("never"))).isEqualTo(Result.GAVE_UP);
    assertThat(resultOf(CurrentJob::complete)).isEqualTo(Result.COMPLETED);
    assertThat(resultOf(job -> inOwnTransaction(c -> job.giveUp(c, "never"))))
        .isEqualTo(Result.GAVE_UP);
    assertThat(resultOf(job -> inOwnTransaction(job::complete))).isEqualTo(Result.COMPLETED);
    assertThat(errors)
        .containsExactly("1 io.jdbcmq.job.GiveUpException: never"); // the one that only noted it
  }

  @Test
  void aTransactionThatIsRolledBackAfterItCompletedTheJobIsAFailure() throws Exception {
    JobHandler rollingBack =
        job -> {
          try (Connection connection = db.direct().getConnection()) {
            connection.setAutoCommit(false);
            job.complete(connection);
            connection.rollback();
          }
        };
    assertThat(resultOf(rollingBack)).isEqualTo(Result.FAILED);
    assertThat(errors).singleElement().asString().contains("was then rolled back");
  }

  @Test
  void aTimeoutIsToldAsSuch() {
    JobQueue queue = queue();
    queue.send(JobRequest.of(NAME).retry(ONCE).timeout(Duration.ofMillis(50)));
    try (JobRunner runner = runner(queue, job -> new CountDownLatch(1).await())) {
      awaitEnds(1);
      assertThat(runner.id()).isPresent();
    }
    JobEvent.Ended ended = of(JobEvent.Ended.class).get(0);
    assertThat(ended.result()).isEqualTo(Result.FAILED);
    assertThat(ended.error().orElseThrow())
        .isInstanceOf(TimeoutException.class)
        .hasCauseInstanceOf(InterruptedException.class);
    assertThat(errors).hasSize(1);
  }

  @Test
  void aTransactionalHandlerIsToldLikeAnyOther() {
    JobQueue queue = queue();
    queue.send(JobRequest.of(NAME));
    JobRegistry jobs =
        JobRegistry.builder().handleInTransaction(NAME, (job, connection) -> {}).build();
    try (JobRunner runner = queue.runner(jobs).start()) {
      awaitEnds(1);
      assertThat(runner.id()).isPresent();
    }
    assertThat(of(JobEvent.Ended.class).get(0).result()).isEqualTo(Result.COMPLETED);
    assertThat(of(JobEvent.Settled.class)).isEmpty(); // by its own transaction
  }

  @Test
  void aCancelledRunHasStopped() {
    JobQueue queue = queue();
    UUID id = queue.send(JobRequest.of(NAME)).id();
    try (JobRunner runner = runner(queue, job -> new CountDownLatch(1).await())) {
      await().atMost(30, SECONDS).until(() -> of(JobEvent.Started.class).size() == 1);
      queue.cancel(id);
      awaitEnds(1);
      assertThat(runner.id()).isPresent();
    }
    assertThat(of(JobEvent.Ended.class).get(0).result()).isEqualTo(Result.STOPPED);
    assertThat(errors).isEmpty();
  }

  @Test
  void aTransactionWhoseCompletionIsRefusedHasStopped() {
    JobQueue queue = queue();
    queue.send(JobRequest.of(NAME));
    JobRegistry jobs =
        JobRegistry.builder()
            .handleInTransaction(NAME, (job, connection) -> queue.cancel(job.id()))
            .build();
    try (JobRunner runner = queue.runner(jobs).start()) {
      awaitEnds(1);
      assertThat(runner.id()).isPresent();
    }
    assertThat(of(JobEvent.Ended.class).get(0).result()).isEqualTo(Result.STOPPED);
  }

  @Test
  void aJobWithoutHandlerNeverStarts() {
    JobQueue queue = queue();
    queue.send(JobRequest.of("other"));
    try (JobRunner runner = runner(queue, job -> {})) {
      awaitEnds(1);
      assertThat(runner.id()).isPresent();
    }
    assertThat(of(JobEvent.Ended.class).get(0))
        .returns(Result.UNKNOWN, JobEvent.Ended::result)
        .returns(Duration.ZERO, JobEvent.Ended::took);
    assertThat(of(JobEvent.Started.class)).isEmpty();
  }

  @Test
  void aSendThatFailsIsTold() throws Exception {
    JobQueue queue = queue();
    db.execute("alter table mq_jobs rename to mq_jobs_away");
    try {
      assertThatThrownBy(() -> queue.send(JobRequest.of(NAME)))
          .isInstanceOf(JobQueueException.class);
    } finally {
      db.execute("alter table mq_jobs_away rename to mq_jobs");
    }
    assertThat(of(JobEvent.SendFailed.class))
        .singleElement()
        .satisfies(failed -> assertThat(failed.error()).isInstanceOf(JobQueueException.class));
  }

  @Test
  void whatAListenerThrowsChangesNothing() {
    JobQueue queue =
        JobQueue.builder(db.pool())
            .schema(db.name())
            .listener(
                event -> {
                  throw new IllegalStateException("listener");
                })
            .listener(events::add)
            .build();
    queue.send(JobRequest.of(NAME));
    JobRegistry jobs =
        JobRegistry.builder()
            .handle(
                NAME,
                job -> {
                  throw new IllegalArgumentException("handler");
                })
            .onError(
                (attempt, error) -> {
                  throw new IllegalStateException("error listener");
                })
            .build();
    try (JobRunner runner = queue.runner(jobs).start()) {
      await().atMost(30, SECONDS).until(() -> !of(JobEvent.Settled.class).isEmpty());
      assertThat(runner.id()).isPresent();
    }
    assertThat(of(JobEvent.Ended.class).get(0).result()).isEqualTo(Result.FAILED);
  }

  @Test
  void anErrorOfAListenerKeepsNoJobFromItsEnd() {
    JobQueue queue =
        JobQueue.builder(db.pool())
            .schema(db.name())
            .listener(
                event -> {
                  throw new AssertionError("listener");
                })
            .listener(events::add)
            .build();
    queue.send(JobRequest.of(NAME).retry(ONCE));
    JobRegistry jobs =
        JobRegistry.builder()
            .handle(
                NAME,
                job -> {
                  throw new IllegalArgumentException("handler");
                })
            .onError(
                (attempt, error) -> {
                  throw new NoClassDefFoundError("error listener");
                })
            .build();
    try (JobRunner runner = queue.runner(jobs).start()) {
      await().atMost(30, SECONDS).until(() -> of(JobEvent.Died.class).size() == 1);
      assertThat(runner.id()).isPresent();
    }
  }

  @Test
  void aTransactionalHandlerThatGivesUpIsToldAsADeathToo() throws Exception {
    JobQueue queue = queue();
    queue.send(JobRequest.of(NAME));
    JobRegistry jobs =
        JobRegistry.builder()
            .handleInTransaction(NAME, (job, connection) -> job.giveUp("never"))
            .onError((attempt, error) -> errors.add(attempt.number() + " " + error))
            .build();
    try (JobRunner runner = queue.runner(jobs).start()) {
      awaitEnds(1);
      assertThat(runner.id()).isPresent();
    }
    assertThat(db.count("mq_dead")).isEqualTo(1);
    assertThat(of(JobEvent.Ended.class).get(0).result()).isEqualTo(Result.GAVE_UP);
    assertThat(of(JobEvent.Died.class)).hasSize(1);
    assertThat(errors).containsExactly("1 io.jdbcmq.job.GiveUpException: never");
  }

  @Test
  void aCancelledRunHasStoppedWhateverItsHandlerHadInMind() {
    JobQueue queue = queue();
    UUID id = queue.send(JobRequest.of(NAME)).id();
    JobHandler givingUp =
        job -> {
          job.giveUp("never");
          queue.cancel(id);
          new CountDownLatch(1).await(); // until it is interrupted
        };
    try (JobRunner runner = runner(queue, givingUp)) {
      awaitEnds(1);
      assertThat(runner.id()).isPresent();
    }
    assertThat(of(JobEvent.Ended.class).get(0).result()).isEqualTo(Result.STOPPED);
    assertThat(of(JobEvent.Died.class)).isEmpty();
  }

  @Test
  void aHandlerThatCannotBeStoppedIsToldWithTheTimeItHasTaken() {
    CountDownLatch end = new CountDownLatch(1);
    JobQueue queue = queue();
    queue.send(JobRequest.of(NAME).retry(ONCE).timeout(Duration.ofMillis(50)));
    JobRegistry jobs =
        JobRegistry.builder()
            .handle(
                NAME,
                job -> {
                  while (end.getCount() > 0) {
                    try {
                      end.await();
                    } catch (InterruptedException e) {
                      errors.add("interrupted");
                    }
                  }
                })
            .build();
    try (JobRunner runner = queue.runner(jobs).grace(Duration.ofMillis(50)).start()) {
      awaitEnds(1);
      assertThat(runner.id()).isPresent();
      end.countDown();
    }
    assertThat(of(JobEvent.Ended.class).get(0).took())
        .isGreaterThanOrEqualTo(Duration.ofMillis(100));
  }

  @Test
  void aRunThatTheDatabaseRefusesIsNotToldAsSettled() throws Exception {
    JobQueue queue = queue();
    queue.send(JobRequest.of(NAME));
    JobHandler clearing =
        job -> {
          try (Connection connection = db.direct().getConnection();
              var statement = connection.createStatement()) {
            statement.execute("delete from " + db.name() + ".mq_jobs"); // before it is completed
          }
        };
    try (JobRunner runner = runner(queue, clearing)) {
      awaitEnds(1);
      await().atMost(30, SECONDS).until(() -> runner.running() == 0);
    }
    assertThat(of(JobEvent.Settled.class).stream().mapToInt(JobEvent.Settled::jobs).sum()).isZero();
  }

  @Test
  void interceptorsCarryHeadersFromTheSenderToTheHandlerOutermostFirst() {
    List<String> steps = new CopyOnWriteArrayList<>();
    JobQueue queue =
        builder().interceptor(new Tagging("a", steps)).interceptor(new Tagging("b", steps)).build();
    queue.send(JobRequest.of(NAME));
    try (JobRunner runner = runner(queue, job -> steps.add("handler " + job.headers()))) {
      awaitEnds(1);
      assertThat(runner.id()).isPresent();
    }
    assertThat(steps)
        .containsExactly("enter a", "enter b", "handler {a=1, b=2}", "leave b", "leave a");
  }

  @Test
  void anInterceptorThatForgetsTheHandlerFailsTheAttempt() {
    JobInterceptor forgetful =
        new JobInterceptor() {
          @Override
          public void aroundRun(CurrentJob job, Handling handling) {}
        };
    JobQueue queue = builder().interceptor(forgetful).build();
    queue.send(JobRequest.of(NAME).retry(ONCE));
    try (JobRunner runner = runner(queue, job -> {})) {
      awaitEnds(1);
      assertThat(runner.id()).isPresent();
    }
    assertThat(of(JobEvent.Ended.class).get(0).result()).isEqualTo(Result.FAILED);
    assertThat(errors).singleElement().asString().contains("did not let the handler run");
  }

  @Test
  void anInterceptorCannotRunTheHandlerTwice() {
    List<String> runs = new ArrayList<>();
    JobInterceptor eager =
        new JobInterceptor() {
          @Override
          public void aroundRun(CurrentJob job, Handling handling) throws Exception {
            handling.proceed();
            handling.proceed();
          }
        };
    JobQueue queue = builder().interceptor(eager).build();
    queue.send(JobRequest.of(NAME).retry(ONCE));
    try (JobRunner runner = runner(queue, job -> runs.add("run"))) {
      awaitEnds(1);
      assertThat(runner.id()).isPresent();
    }
    assertThat(runs).hasSize(1);
    assertThat(errors).singleElement().asString().contains("call proceed() once only");
  }

  @Test
  void anInterceptorCannotMakeASuccessOfAFailure() {
    JobInterceptor swallowing =
        new JobInterceptor() {
          @Override
          public void aroundRun(CurrentJob job, Handling handling) {
            try {
              handling.proceed();
            } catch (Throwable e) {
              // swallowed
            }
          }
        };
    JobQueue queue = builder().interceptor(swallowing).build();
    queue.send(JobRequest.of(NAME).retry(ONCE).header("error", "no"));
    queue.send(JobRequest.of(NAME).retry(ONCE));
    JobHandler failing =
        job -> {
          if (job.headers().isEmpty()) {
            throw new AssertionError("no");
          }
          throw new IllegalArgumentException("no");
        };
    try (JobRunner runner = runner(queue, failing)) {
      awaitEnds(2);
      assertThat(runner.id()).isPresent();
    }
    assertThat(errors)
        .containsExactlyInAnyOrder(
            "1 java.lang.IllegalArgumentException: no", "1 java.lang.AssertionError: no");
  }

  @Test
  void anInterceptorCannotTurnAJobIntoAnother() {
    JobInterceptor renaming =
        new JobInterceptor() {
          @Override
          public JobRequest beforeSend(JobRequest request) {
            return JobRequest.of("other");
          }
        };
    JobQueue queue = builder().interceptor(renaming).build();
    assertThatThrownBy(() -> queue.send(JobRequest.of(NAME)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("must return the request of job told");
  }

  @Test
  void callsThatFailAreTold() throws Exception {
    JobQueue queue = queue();
    try (JobRunner runner = runner(queue, job -> {})) {
      db.execute("alter table mq_ready rename to mq_ready_away");
      try {
        await()
            .atMost(30, SECONDS)
            .until(
                () ->
                    of(JobEvent.CallFailed.class).stream()
                        .anyMatch(failed -> failed.operation().equals("claim")));
      } finally {
        db.execute("alter table mq_ready_away rename to mq_ready");
      }
      assertThat(runner.id()).isPresent();
    }
  }

  @Test
  void anInterceptorThatThrowsKeepsTheJobFromBeingSent() throws Exception {
    JobInterceptor refusing =
        new JobInterceptor() {
          @Override
          public JobRequest beforeSend(JobRequest request) {
            throw new IllegalStateException("no tenant");
          }
        };
    JobQueue queue = builder().interceptor(refusing).build();
    assertThatThrownBy(() -> queue.send(JobRequest.of(NAME)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("no tenant");
    assertThat(db.count("mq_jobs")).isZero();
  }

  private Result resultOf(JobHandler handler) throws Exception {
    events.clear();
    JobQueue queue = queue();
    queue.send(JobRequest.of(NAME).retry(ONCE));
    try (JobRunner runner = runner(queue, handler)) {
      awaitEnds(1);
      assertThat(runner.id()).isPresent();
    }
    queue.clearAll();
    return of(JobEvent.Ended.class).get(0).result();
  }

  private void inOwnTransaction(Ending ending) throws Exception {
    try (Connection connection = db.direct().getConnection()) {
      connection.setAutoCommit(false);
      ending.end(connection);
      connection.commit();
    }
  }

  private JobQueue.Builder builder() {
    return JobQueue.builder(db.pool()).schema(db.name()).listener(events::add);
  }

  private JobQueue queue() {
    return builder().build();
  }

  private JobRunner runner(JobQueue queue, JobHandler handler) {
    JobRegistry jobs =
        JobRegistry.builder()
            .handle(NAME, handler)
            .onError((attempt, error) -> errors.add(attempt.number() + " " + error))
            .build();
    return queue.runner(jobs).pollInterval(Duration.ofMillis(100)).start();
  }

  private void awaitEnds(int count) {
    await().atMost(30, SECONDS).until(() -> of(JobEvent.Ended.class).size() >= count);
  }

  private <T extends JobEvent> List<T> of(Class<T> kind) {
    return events.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  private interface Ending {
    void end(Connection connection) throws Exception;
  }

  /** Adds a header, numbered by how many there are, and writes down where it stands. */
  private record Tagging(String name, List<String> steps) implements JobInterceptor {
    @Override
    public JobRequest beforeSend(JobRequest request) {
      return request.header(name, Integer.toString(request.headers().size() + 1));
    }

    @Override
    public void aroundRun(CurrentJob job, Handling handling) throws Exception {
      steps.add("enter " + name);
      handling.proceed();
      steps.add("leave " + name);
    }
  }
}
