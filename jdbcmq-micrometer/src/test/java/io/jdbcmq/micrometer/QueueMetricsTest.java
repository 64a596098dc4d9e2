package io.jdbcmq.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.job.Attempt;
import io.jdbcmq.job.Channel;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.SendResult;
import io.jdbcmq.spi.JobEvent;
import io.jdbcmq.spi.JobEvent.Result;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class QueueMetricsTest {
  private static final UUID ID = UUID.fromString("0190f5fe-6c3a-7cc1-8d1f-0123456789ab");
  private static final UUID RUNNER = UUID.fromString("0190f5fe-6c3a-7cc1-8d1f-0123456789ac");
  private static final Duration TOOK = Duration.ofMillis(5);
  private static final JobRequest MAIL = JobRequest.of("send").channel("mail", "tenant-secret");
  private static final JobRequest REPORT = JobRequest.of("draw").channel("reports");

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final QueueMetrics metrics = new QueueMetrics(registry);

  @Test
  void aListIsCountedByChannelAndTimedOnce() {
    metrics.on(sent(List.of(MAIL, MAIL, REPORT, MAIL)));
    metrics.on(sent(List.of(REPORT)));

    assertThat(counted("messaging.client.sent.messages", "messaging.destination.name", "mail"))
        .isEqualTo(3);
    assertThat(counted("messaging.client.sent.messages", "messaging.destination.name", "reports"))
        .isEqualTo(2);
    assertThat(operation("messaging.destination.name", "none").count()).isEqualTo(1);
    assertThat(operation("messaging.destination.name", "reports"))
        .returns(1L, Timer::count)
        .returns(5.0, timer -> timer.totalTime(TimeUnit.MILLISECONDS));
    assertThat(operation("messaging.operation.type", "send").getId().getTags())
        .containsAll(
            Tags.of(
                "messaging.system",
                "jdbcmq",
                "messaging.operation.name",
                "send",
                "error.type",
                "none"));
  }

  @Test
  void aDuplicateWasToBeSentToo() {
    metrics.on(
        new JobEvent.Sent(
            List.of(MAIL, MAIL),
            List.of(new SendResult.Sent(ID), new SendResult.Duplicate(ID)),
            true,
            TOOK));

    assertThat(counted("messaging.client.sent.messages", "messaging.destination.name", "mail"))
        .isEqualTo(2);
    assertThat(counted("jdbcmq.jobs.duplicate", "messaging.destination.name", "mail")).isOne();
  }

  @Test
  void aSendThatFailsIsCountedByItsError() {
    metrics.on(
        new JobEvent.SendFailed(
            List.of(MAIL), false, new IllegalStateException("tenant-secret"), TOOK));

    String error = "java.lang.IllegalStateException";
    assertThat(counted("messaging.client.sent.messages", "error.type", error)).isOne();
    assertThat(operation("error.type", error).count()).isOne();
  }

  @Test
  void handlersAreTimedByJobAndResult() {
    metrics.on(new JobEvent.Started(attempt("send")));
    metrics.on(ended(Result.COMPLETED, Optional.empty()));
    metrics.on(ended(Result.SNOOZED, Optional.empty()));
    metrics.on(ended(Result.FAILED, Optional.of(new IllegalArgumentException("tenant-secret"))));

    assertThat(counted("messaging.client.consumed.messages", "messaging.destination.name", "mail"))
        .isOne();
    assertThat(process("jdbcmq.result", "completed"))
        .returns(1L, Timer::count)
        .returns(5.0, timer -> timer.totalTime(TimeUnit.MILLISECONDS));
    assertThat(process("jdbcmq.result", "snoozed").count()).isOne();
    assertThat(process("error.type", "java.lang.IllegalArgumentException").getId().getTags())
        .containsAll(Tags.of("jdbcmq.result", "failed", "jdbcmq.job.name", "send"));
  }

  @Test
  void whatNeverStartedIsNotTimed() {
    metrics.on(ended(Result.UNKNOWN, Optional.empty()));
    metrics.on(ended(Result.HANDED_BACK, Optional.empty()));

    assertThat(registry.find("messaging.process.duration").timers()).isEmpty();
    assertThat(counted("jdbcmq.jobs.returned", "jdbcmq.result", "unknown")).isOne();
    assertThat(counted("jdbcmq.jobs.returned", "jdbcmq.result", "handed_back")).isOne();
  }

  @Test
  void deathsAreCountedAlsoThoseWithALostRunner() {
    metrics.on(new JobEvent.Died(attempt("send")));
    metrics.on(new JobEvent.Rescued(ID, RUNNER, false));
    metrics.on(new JobEvent.Rescued(ID, RUNNER, true));

    assertThat(counted("jdbcmq.jobs.died", "jdbcmq.job.name", "send")).isOne();
    assertThat(counted("jdbcmq.jobs.died", "jdbcmq.job.name", "none")).isOne();
    assertThat(registry.get("jdbcmq.jobs.rescued").counter().count()).isEqualTo(2);
  }

  @Test
  void pollsAndSettlementsAreTimed() {
    metrics.on(new JobEvent.Polled(RUNNER, 10, 4, TOOK));
    metrics.on(new JobEvent.Polled(RUNNER, 6, 0, TOOK));
    metrics.on(new JobEvent.Settled(Result.COMPLETED, 4, TOOK));

    assertThat(operation("messaging.operation.name", "claim").count()).isEqualTo(2);
    assertThat(operation("messaging.operation.type", "settle").count()).isOne();
    assertThat(registry.get("jdbcmq.poll.claimed").summary().totalAmount()).isEqualTo(4);
    assertThat(registry.get("jdbcmq.poll.wanted").summary().totalAmount()).isEqualTo(16);
    assertThat(registry.get("jdbcmq.poll.empty").counter().count()).isOne();
    assertThat(counted("jdbcmq.jobs.settled", "jdbcmq.result", "completed")).isEqualTo(4);
  }

  @Test
  void aRunnerHoldsALeaseUntilItHasLostOrEndedIt() {
    UUID next = UUID.randomUUID();
    metrics.on(new JobEvent.LeaseTaken(RUNNER));
    metrics.on(new JobEvent.LeaseRenewed(RUNNER, TOOK));
    assertThat(held()).isOne();
    metrics.on(new JobEvent.LeaseLost(RUNNER));
    assertThat(held()).isZero();
    metrics.on(new JobEvent.LeaseTaken(next));
    metrics.on(new JobEvent.LeaseEnded(next));

    assertThat(held()).isZero();
    assertThat(registry.get("jdbcmq.lease.lost").counter().count()).isOne();
    assertThat(registry.get("jdbcmq.lease.renewal.duration").timer().count()).isOne();
  }

  @Test
  void channelsAndErrorsBeyondTheBoundShareASeries() {
    for (int i = 0; i < 1_000; i++) {
      metrics.on(sent(List.of(JobRequest.of("send").channel("c" + i))));
    }

    assertThat(registry.find("messaging.client.sent.messages").counters()).hasSize(201);
    assertThat(counted("messaging.client.sent.messages", "messaging.destination.name", "other"))
        .isEqualTo(800);
    assertThat(counted("messaging.client.sent.messages", "messaging.destination.name", "c0"))
        .isOne();
  }

  @Test
  void aListOf100000IsCountedWhole() {
    metrics.on(sent(Collections.nCopies(100_000, MAIL)));

    assertThat(counted("messaging.client.sent.messages", "messaging.destination.name", "mail"))
        .isEqualTo(100_000);
  }

  @Test
  void nothingPrivateBecomesATag() {
    metrics.on(sent(List.of(MAIL.header("user", "header-secret").json("\"payload-secret\""))));
    metrics.on(new JobEvent.Started(attempt("send")));
    metrics.on(ended(Result.FAILED, Optional.of(new IllegalStateException("payload-secret"))));
    metrics.on(new JobEvent.Died(attempt("send")));
    metrics.on(new JobEvent.LeaseTaken(RUNNER));
    metrics.on(new JobEvent.Rescued(ID, RUNNER, true));

    String all =
        registry.getMeters().stream()
            .map(Meter::getId)
            .map(Object::toString)
            .collect(Collectors.joining("\n"));
    assertThat(all).contains("mail").doesNotContain("secret", ID.toString(), RUNNER.toString());
  }

  @Test
  void eachMetricHasTheSameTagsInAllItsSeries() { // as Prometheus demands
    everyKindOfEvent().forEach(metrics::on);

    Map<String, List<List<String>>> keys =
        registry.getMeters().stream()
            .map(Meter::getId)
            .collect(
                Collectors.groupingBy(
                    Meter.Id::getName,
                    Collectors.mapping(
                        id -> id.getTags().stream().map(tag -> tag.getKey()).toList(),
                        Collectors.collectingAndThen(
                            Collectors.toSet(), set -> List.copyOf(set)))));
    assertThat(keys).allSatisfy((name, sets) -> assertThat(sets).as(name).hasSize(1));
  }

  @Test
  void twoQueuesOfARegistryAreToldApartByTheirTags() {
    QueueMetrics other = new QueueMetrics(registry, Tags.of("schema", "other"));
    metrics.on(new JobEvent.Rescued(ID, RUNNER, false));
    other.on(new JobEvent.Rescued(ID, RUNNER, false));
    other.on(new JobEvent.LeaseTaken(RUNNER));

    assertThat(counted("jdbcmq.jobs.rescued", "schema", "other")).isOne();
    assertThat(registry.get("jdbcmq.lease.held").tag("schema", "other").gauge().value()).isOne();
  }

  private static List<JobEvent> everyKindOfEvent() {
    Optional<Throwable> error = Optional.of(new IllegalStateException());
    return List.of(
        sent(List.of(MAIL, REPORT)),
        sent(List.of(MAIL)),
        new JobEvent.SendFailed(List.of(MAIL), false, new IllegalStateException(), TOOK),
        new JobEvent.Polled(RUNNER, 10, 4, TOOK),
        new JobEvent.Started(attempt("send")),
        ended(Result.COMPLETED, Optional.empty()),
        ended(Result.FAILED, error),
        ended(Result.STOPPED, error),
        ended(Result.UNKNOWN, Optional.empty()),
        new JobEvent.Settled(Result.FAILED, 4, TOOK),
        new JobEvent.Died(attempt("send")),
        new JobEvent.Rescued(ID, RUNNER, true));
  }

  private static JobEvent.Sent sent(List<JobRequest> requests) {
    List<SendResult> results =
        IntStream.range(0, requests.size())
            .<SendResult>mapToObj(i -> new SendResult.Sent(ID))
            .toList();
    return new JobEvent.Sent(requests, results, false, TOOK);
  }

  private static JobEvent.Ended ended(Result result, Optional<Throwable> error) {
    return new JobEvent.Ended(attempt("send"), result, error, TOOK);
  }

  private static Attempt attempt(String jobName) {
    Channel channel = new Channel("mail", "tenant-secret");
    Map<String, String> headers = Map.of("user", "header-secret");
    return new Attempt(ID, jobName, channel, 1, false, Instant.EPOCH, headers);
  }

  private double counted(String name, String key, String value) {
    return registry.get(name).tag(key, value).counters().stream()
        .mapToDouble(counter -> counter.count())
        .sum();
  }

  private Timer operation(String key, String value) {
    return registry.get("messaging.client.operation.duration").tag(key, value).timer();
  }

  private Timer process(String key, String value) {
    return registry.get("messaging.process.duration").tag(key, value).timer();
  }

  private double held() {
    return registry.get("jdbcmq.lease.held").gauge().value();
  }
}
