package io.jdbcmq.test;

import static io.jdbcmq.test.JobQueueAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.RetryPolicy;
import java.io.IOException;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A drain ends when nothing is due, or says why it does not. */
@ExtendWith(JobQueueExtension.class)
class DrainIT {
  private final JobQueue queue;
  private final TestJobs jobs;

  DrainIT(JobQueue queue, TestJobs jobs) {
    this.queue = queue;
    this.jobs = jobs;
  }

  @Test
  void jobsThatAreSentByJobsRunToo() {
    queue.send(JobRequest.of("order"));

    Drained drained =
        jobs.drain(
            JobRegistry.builder()
                .handle("order", job -> queue.send(JobRequest.of("invoice")))
                .handle("invoice", job -> queue.send(JobRequest.of("mail")))
                .handle("mail", job -> {})
                .build());

    assertThat(drained.requireAllCompleted().completed()).isEqualTo(3);
    assertThat(drained.runs())
        .extracting(run -> run.attempt().jobName())
        .containsExactly("order", "invoice", "mail");
    assertThat(queue).hasNoJobs();
  }

  @Test
  void outcomesAreCounted() {
    queue.send(JobRequest.of("works"));
    queue.send(JobRequest.of("fails").retry(RetryPolicy.of(1, Duration.ofHours(1))));
    queue.send(JobRequest.of("fails").retry(RetryPolicy.never()));
    queue.send(JobRequest.of("snoozes"));
    queue.send(JobRequest.of("unknown"));

    Drained drained = jobs.drain(registry());

    assertThat(drained.completed()).isEqualTo(1);
    assertThat(drained.failed()).isEqualTo(1);
    assertThat(drained.died()).isEqualTo(1);
    assertThat(drained.snoozed()).isEqualTo(1);
    assertThat(drained.withoutHandler()).isEqualTo(1);
    assertThat(drained.runs()).hasSize(5);
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(drained::requireAllCompleted)
        .withMessageContaining("named fails to be completed");
  }

  @Test
  void retriesWithoutBackoffRunToTheirEnd() {
    queue.send(JobRequest.of("fails").retry(RetryPolicy.of(3, Duration.ZERO)));

    Drained drained = jobs.drain(registry());

    assertThat(drained.failed()).isEqualTo(3);
    assertThat(drained.died()).isEqualTo(1);
  }

  @Test
  void firstFailureEndsItIfAsked() {
    queue.send(JobRequest.of("fails"));
    queue.send(JobRequest.of("works"));

    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> jobs.drain(registry(), Drain.all().failingFast()))
        .withMessageContaining("attempt 1, but it failed and is tried again at")
        .withCauseInstanceOf(IOException.class);
    assertThat(queue).hasSentExactly("fails", "works");
  }

  @Test
  void onlyTheChannelsThatAreAskedForAreDrained() {
    queue.send(JobRequest.of("works").channel("email"));
    queue.send(JobRequest.of("works").channel("sms"));

    assertThat(jobs.drain(registry(), Drain.all().channels("sms")).completed()).isEqualTo(1);

    assertThat(queue).hasSentExactly("works").hasSent("works").inChannel("email");
  }

  @Test
  void endlessLoopIsReported() {
    queue.send(JobRequest.of("again"));
    JobRegistry again =
        JobRegistry.builder().handle("again", job -> queue.send(JobRequest.of("again"))).build();

    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> jobs.drain(again, Drain.all().maxRuns(20)))
        .withMessageStartingWith(
            "Expecting the queue to be empty after 20 runs, but jobs are still due. Does a job send itself")
        .withMessageContaining("Runs by job name: [again: 20]")
        .withMessageContaining("There is one job:\n  - again in channel default, ready");
  }

  @Test
  void exactlyTheLimitIsNoEndlessLoop() {
    queue.send(IntStream.range(0, 20).mapToObj(i -> JobRequest.of("works")).toList());

    assertThat(jobs.drain(registry(), Drain.all().maxRuns(20)).completed()).isEqualTo(20);
  }

  @Test
  void manyJobsAreDrained() {
    queue.send(IntStream.range(0, 1_000).mapToObj(i -> JobRequest.of("works")).toList());

    assertThat(jobs.drain(registry()).completed()).isEqualTo(1_000);
    assertThat(queue).hasNoJobs();
  }

  private static JobRegistry registry() {
    return JobRegistry.builder()
        .handle("works", job -> {})
        .handle(
            "fails",
            job -> {
              throw new IOException("no");
            })
        .handle("snoozes", job -> job.snooze(Duration.ofHours(1)))
        .build();
  }
}
