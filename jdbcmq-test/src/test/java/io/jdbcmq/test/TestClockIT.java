package io.jdbcmq.test;

import static io.jdbcmq.test.JobQueueAssertions.assertThat;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.JobRunner;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.JobState;
import io.jdbcmq.job.RetryPolicy;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whatever waits for a time obeys the clock of the test. */
@ExtendWith(JobQueueExtension.class)
@SuppressWarnings("try") // runners work although nobody mentions them
class TestClockIT {
  private static final JobRegistry FAILS =
      JobRegistry.builder()
          .handle(
              "a",
              job -> {
                throw new IOException("no");
              })
          .build();
  private static final JobRegistry WORKS = JobRegistry.builder().handle("a", job -> {}).build();

  private final JobQueue queue;
  private final TestJobs jobs;
  private final TestClock clock;

  TestClockIT(JobQueue queue, TestJobs jobs, TestClock clock) {
    this.queue = queue;
    this.jobs = jobs;
    this.clock = clock;
  }

  @Test
  void delayedJobRunsWhenItsTimeHasCome() {
    queue.send(JobRequest.of("a").delay(Duration.ofDays(3)));

    clock.advance(Duration.ofDays(3).minusHours(1));
    assertThat(jobs.drain(WORKS).runs()).isEmpty();
    clock.advance(Duration.ofHours(1));

    assertThat(jobs.drain(WORKS).completed()).isEqualTo(1);
  }

  @Test
  void momentIsReachedExactly() {
    Instant newYear = Instant.parse("2100-01-01T00:00:00Z");
    queue.send(JobRequest.of("a").runAt(newYear));

    clock.set(newYear.minusSeconds(3600));
    assertThat(jobs.drain(WORKS).runs()).isEmpty();
    clock.set(newYear);

    jobs.runNext(WORKS).requireCompleted();
    assertThat(clock.now()).isBetween(newYear, newYear.plusSeconds(3600));
  }

  @Test
  void backoffDoublesFromAttemptToAttempt() {
    queue.send(JobRequest.of("a").retry(RetryPolicy.of(3, Duration.ofHours(1))));

    for (int attempt = 1; attempt <= 3; attempt++) {
      Instant before = clock.now();
      RunResult.Failed failed = (RunResult.Failed) jobs.runNext(FAILS);
      assertThat(failed.attempt().number()).isEqualTo(attempt);
      Duration backoff = Duration.ofHours(1L << (attempt - 1));
      assertThat(failed.nextAttemptAt()).isBetween(before.plus(backoff), clock.now().plus(backoff));

      clock.set(failed.nextAttemptAt());
    }

    assertThat(jobs.runNext(FAILS)).isInstanceOf(RunResult.Died.class);
  }

  @Test
  void reservationEnds() {
    UUID id = queue.reserve(JobRequest.of("a"), Duration.ofMinutes(10)).id();

    clock.advance(Duration.ofMinutes(9));
    assertThat(queue.extend(id, Duration.ofMinutes(10))).isTrue();
    clock.advance(Duration.ofMinutes(11));

    assertThat(queue.commit(id)).isFalse();
    assertThat(jobs.drain(WORKS).runs()).isEmpty();
    assertThat(queue).hasNoJobs();
  }

  @Test
  void delayedHeadOfAnOrderedChannelHoldsTheOthersUntilItsTime() {
    queue.send(JobRequest.of("a").ordered().delay(Duration.ofMinutes(5)));
    queue.send(JobRequest.of("a").ordered());

    assertThat(jobs.drain(WORKS).runs()).isEmpty();
    clock.advance(Duration.ofMinutes(5));

    assertThat(jobs.drain(WORKS).completed()).isEqualTo(2);
  }

  @Test
  void clockMovesWithinAHandler() {
    queue.send(JobRequest.of("a"));

    jobs.runNext(
            JobRegistry.builder().handle("a", job -> clock.advance(Duration.ofDays(1))).build())
        .requireCompleted();

    assertThat(queue).hasNoJobs();
  }

  @Test
  void liveRunnerKeepsItsLeaseAndItsJob(DataSource dataSource) throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch mayEnd = new CountDownLatch(1);
    List<Integer> attempts = new CopyOnWriteArrayList<>();
    JobRegistry registry =
        JobRegistry.builder()
            .handle(
                "a",
                job -> {
                  attempts.add(job.attempt());
                  started.countDown();
                  mayEnd.await();
                })
            .build();
    UUID id = queue.send(JobRequest.of("a")).id();

    try (JobRunner runner = queue.runner(registry).lease(Duration.ofMinutes(1)).start()) {
      assertThat(started.await(60, SECONDS)).isTrue();
      clock.advance(Duration.ofDays(1));
      assertThat(rescued(dataSource)).isZero();
      assertThat(queue.find(id).orElseThrow().state()).isEqualTo(JobState.CLAIMED);
      mayEnd.countDown();
    }

    assertThat(queue).hasNoJobs();
    assertThat(attempts).containsExactly(1);
  }

  @Test
  void idleRunnerIsToldThatTimeHasMovedOn() throws Exception {
    CountDownLatch ran = new CountDownLatch(1);
    queue.send(JobRequest.of("a").delay(Duration.ofHours(2)));
    JobRegistry registry = JobRegistry.builder().handle("a", job -> ran.countDown()).build();

    try (JobRunner runner = queue.runner(registry).pollInterval(Duration.ofMinutes(5)).start()) {
      clock.advance(Duration.ofHours(2));
      assertThat(ran.await(60, SECONDS)).isTrue();
    }
  }

  @Test
  void clockIsNotPutBackUnderALiveRunner() {
    Instant now = clock.now();
    clock.advance(Duration.ofHours(1));

    try (JobRunner runner = queue.runner(WORKS).start()) {
      assertThatIllegalStateException()
          .isThrownBy(() -> clock.set(now))
          .withMessageContaining("cannot be put back while a runner is live");
      assertThat(clock.now()).isAfterOrEqualTo(now.plus(Duration.ofHours(1)));
    }
    clock.set(now);
    assertThat(clock.now()).isBetween(now, now.plus(Duration.ofMinutes(30)));
  }

  @Test
  void clockOfASchemaThatIsNotTheKitsCannotBeMoved(DataSource dataSource) {
    JobQueue other = JobQueue.builder(dataSource).schema("production").build();
    other.migrate();
    TestClock real = TestJobs.of(other).clock();

    assertThatIllegalStateException()
        .isThrownBy(() -> real.advance(Duration.ofHours(1)))
        .withMessageContaining("the clock of schema production cannot be moved");
    assertThatIllegalStateException().isThrownBy(() -> real.set(Instant.EPOCH));
    assertThat(real.now()).isBefore(Instant.parse("2090-01-01T00:00:00Z"));
  }

  @Test
  void impossibleMovesAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> clock.advance(Duration.ofSeconds(-1)))
        .withMessageContaining("but was to be by PT-1S");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> clock.set(Instant.EPOCH.minusSeconds(1)))
        .withMessageContaining("1969-12-31T23:59:59Z");
  }

  /** As a runner's rescuer does it. */
  private static int rescued(DataSource dataSource) throws Exception {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select count(*) from jdbcmq.mq_rescue_v1(100)")) {
      rows.next();
      return rows.getInt(1);
    }
  }
}
