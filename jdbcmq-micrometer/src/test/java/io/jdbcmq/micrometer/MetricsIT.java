package io.jdbcmq.micrometer;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.JobRunner;
import io.jdbcmq.job.JobQueueException;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.RetryPolicy;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a real queue with real runners does shows in the registry. */
class MetricsIT {
  private static final JobRequest MAIL = JobRequest.of("send").channel("mail", "tenant-secret");

  @RegisterExtension final TestDatabase db = new TestDatabase();

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private JobQueue queue;

  @BeforeEach
  void observe() {
    queue = db.queue().listener(new QueueMetrics(registry)).build();
  }

  @Test
  void aJobIsFollowedFromSendToSettlement() {
    UUID id = queue.send(MAIL.header("user", "header-secret").json("\"payload-secret\"")).id();
    JobRegistry jobs = JobRegistry.builder().handle("send", job -> {}).build();
    try (JobRunner runner = queue.runner(jobs).start()) {
      awaitCount("jdbcmq.jobs.settled", "jdbcmq.result", "completed", 1);
      assertThat(registry.get("jdbcmq.lease.held").gauge().value()).isOne();
      assertThat(runner.id()).isPresent();
    }

    String channel = "messaging.destination.name";
    assertThat(count("messaging.client.sent.messages", channel, "mail")).isOne();
    assertThat(count("messaging.client.consumed.messages", channel, "mail")).isOne();
    assertThat(count("messaging.process.duration", channel, "mail")).isOne();
    String type = "messaging.operation.type";
    assertThat(count("messaging.client.operation.duration", type, "send")).isOne();
    assertThat(count("messaging.client.operation.duration", type, "receive")).isPositive();
    assertThat(count("messaging.client.operation.duration", type, "settle")).isOne();
    assertThat(registry.get("jdbcmq.poll.claimed").summary().totalAmount()).isOne();
    assertThat(registry.get("jdbcmq.lease.held").gauge().value()).isZero();
    assertThat(idsOfAllMeters()).doesNotContain("secret", id.toString());
  }

  @Test
  void failuresAreCountedByErrorAndDeathsOnce() {
    queue.send(MAIL.retry(RetryPolicy.of(1, Duration.ZERO)));
    JobRegistry jobs =
        JobRegistry.builder()
            .handle(
                "send",
                job -> {
                  throw new IllegalArgumentException("payload-secret");
                })
            .build();
    try (JobRunner runner = queue.runner(jobs).pollInterval(Duration.ofMillis(100)).start()) {
      awaitCount("jdbcmq.jobs.died", "jdbcmq.job.name", "send", 1);
      assertThat(runner.id()).isPresent();
    }

    assertThat(
            count("messaging.process.duration", "error.type", "java.lang.IllegalArgumentException"))
        .isEqualTo(2);
    assertThat(count("jdbcmq.jobs.died", "messaging.destination.name", "mail")).isOne();
    assertThat(idsOfAllMeters()).doesNotContain("secret");
  }

  @Test
  void whatNobodyHandlesGoesBack() {
    queue.send(JobRequest.of("unheard-of").channel("mail"));
    JobRegistry jobs = JobRegistry.builder().handle("send", job -> {}).build();
    try (JobRunner runner = queue.runner(jobs).start()) {
      awaitCount("jdbcmq.jobs.returned", "jdbcmq.result", "unknown", 1);
      assertThat(runner.id()).isPresent();
    }
    assertThat(idsOfAllMeters()).doesNotContain("unheard-of");
  }

  @Test
  void duplicatesAndFailedSendsAreCounted() throws Exception {
    queue.send(MAIL.uniqueKey("1"));
    queue.send(MAIL.uniqueKey("1"));
    db.execute("alter table mq_jobs rename to mq_jobs_away");
    assertThatThrownBy(() -> queue.send(MAIL)).isInstanceOf(JobQueueException.class);

    assertThat(count("jdbcmq.jobs.duplicate", "messaging.destination.name", "mail")).isOne();
    assertThat(count("messaging.client.sent.messages", "error.type", "none")).isEqualTo(2);
    assertThat(count("messaging.client.sent.messages", "messaging.destination.name", "mail"))
        .isEqualTo(3);
  }

  @Test
  void aJobOfALostRunnerIsCountedAsRescued() throws Exception {
    queue.send(MAIL);
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    JobRegistry hanging =
        JobRegistry.builder()
            .handle(
                "send",
                job -> {
                  started.countDown();
                  end.await();
                })
            .build();
    JobRegistry idle = JobRegistry.builder().handle("other", job -> {}).build();
    JobRunner lost = queue.runner(hanging).start();
    started.await();
    db.execute("update mq_runners set lease_ends_at = now() - interval '1 hour'");
    try (JobRunner other = queue.runner(idle).start()) {
      await()
          .atMost(60, SECONDS)
          .until(() -> registry.get("jdbcmq.jobs.rescued").counter().count() == 1);
      awaitLeaseLost();
      assertThat(other.id()).isPresent();
    } finally {
      end.countDown();
      assertThat(lost.shutdown(Duration.ofSeconds(30))).isTrue();
    }
  }

  @Test
  void gaugesShowWhatIsInTheQueueAndNothingWhenTheDatabaseIsAway() throws Exception {
    queue.send(List.of(MAIL, MAIL, MAIL.delay(Duration.ofHours(1))));
    new QueueGauges(queue, Duration.ofMillis(100), Tags.of("schema", "own")).bindTo(registry);

    await().atMost(30, SECONDS).until(() -> gauge("jdbcmq.jobs.ready") == 2);
    assertThat(gauge("jdbcmq.jobs.delayed")).isOne();
    assertThat(gauge("jdbcmq.jobs.oldest.due")).isPositive();
    assertThat(registry.get("jdbcmq.stats.exact").tag("schema", "own").gauge().value()).isOne();

    queue.clearAll();
    await().atMost(30, SECONDS).until(() -> gauge("jdbcmq.jobs.ready") == 0);
    db.execute("alter table mq_jobs rename to mq_jobs_away");
    await().atMost(30, SECONDS).until(() -> Double.isNaN(gauge("jdbcmq.jobs.ready")));
    db.execute("alter table mq_jobs_away rename to mq_jobs");
    await().atMost(30, SECONDS).until(() -> gauge("jdbcmq.jobs.ready") == 0);
  }

  private void awaitLeaseLost() {
    await()
        .atMost(60, SECONDS)
        .until(() -> registry.get("jdbcmq.lease.lost").counter().count() == 1);
  }

  private double gauge(String name) {
    double health = registry.get("jdbcmq.rows.dead").gauge().value(); // finds new channels
    return registry.find(name).gauges().stream()
        .mapToDouble(gauge -> gauge.value())
        .findFirst()
        .orElse(Double.isNaN(health) ? Double.NaN : -1);
  }

  private void awaitCount(String name, String key, String value, long expected) {
    await().atMost(30, SECONDS).until(() -> count(name, key, value) == expected);
  }

  private long count(String name, String key, String value) {
    return registry.find(name).tag(key, value).meters().stream()
        .mapToLong(meter -> (long) meter.measure().iterator().next().getValue())
        .sum();
  }

  private String idsOfAllMeters() {
    return registry.getMeters().stream()
        .map(Meter::getId)
        .map(Object::toString)
        .collect(Collectors.joining("\n"));
  }
}
