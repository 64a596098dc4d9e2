package io.jdbcmq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.job.JobRequest;
import io.jdbcmq.testing.TestSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class EndToEndIT {
  @RegisterExtension final TestSchema db = new TestSchema();

  @Test
  void jobsAreRunAndForgotten() throws Exception {
    JobQueue queue = db.queue();
    ConcurrentMap<UUID, AtomicInteger> runs = new ConcurrentHashMap<>();
    JobRegistry jobs =
        JobRegistry.builder()
            .handle(
                "count",
                job -> runs.computeIfAbsent(job.id(), id -> new AtomicInteger()).incrementAndGet())
            .build();
    List<JobRequest> requests = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      requests.add(JobRequest.of("count").json("{\"n\":" + i + "}"));
    }
    queue.send(requests);
    try (JobRunner one = queue.runner(jobs).concurrency(50, 100).start();
        JobRunner two = queue.runner(jobs).concurrency(50, 100).start()) {
      assertThat(one.id()).isNotEqualTo(two.id());
      await().atMost(60, SECONDS).until(() -> db.count("mq_jobs") == 0);
    }
    assertThat(runs).hasSize(10_000).allSatisfy((id, count) -> assertThat(count).hasValue(1));
    assertThat(db.count("mq_claims")).isZero();
    assertThat(db.count("mq_runners")).isZero();
  }

  @Test
  void anIdleRunnerIsWoken() throws Exception {
    JobQueue queue = db.queue();
    CountDownLatch ran = new CountDownLatch(1);
    JobRegistry jobs = JobRegistry.builder().handle("wake", job -> ran.countDown()).build();
    db.closing(queue.runner(jobs).pollInterval(java.time.Duration.ofMinutes(10)).start());
    await().atMost(20, SECONDS).until(() -> db.count("mq_groups where hungry_until > now()") == 1);
    await().pollDelay(java.time.Duration.ofSeconds(1)).until(() -> true);
    db.queue().send(JobRequest.of("wake")); // by another queue object, so that only NOTIFY tells
    assertThat(ran.await(10, SECONDS)).isTrue();
  }
}
