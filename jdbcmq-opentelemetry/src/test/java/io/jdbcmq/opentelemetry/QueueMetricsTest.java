package io.jdbcmq.opentelemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.job.Attempt;
import io.jdbcmq.job.Channel;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.SendResult;
import io.jdbcmq.spi.JobEvent;
import io.jdbcmq.spi.JobEvent.Result;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class QueueMetricsTest {
  private static final String CHANNEL = "messaging.destination.name";
  private static final String SENT = "messaging.client.sent.messages";
  private static final String OPERATION = "messaging.client.operation.duration";
  private static final String PROCESS = "messaging.process.duration";
  private static final UUID ID = UUID.fromString("0190f5fe-6c3a-7cc1-8d1f-0123456789ab");
  private static final UUID RUNNER = UUID.fromString("0190f5fe-6c3a-7cc1-8d1f-0123456789ac");
  private static final Duration TOOK = Duration.ofMillis(5);
  private static final JobRequest MAIL = JobRequest.of("send").channel("mail", "tenant-secret");
  private static final JobRequest REPORT = JobRequest.of("draw").channel("reports");

  private final Collected collected = new Collected();
  private final QueueMetrics metrics = new QueueMetrics(collected.openTelemetry());

  @Test
  void aListIsCountedByChannelAndTimedOnce() {
    metrics.on(sent(List.of(MAIL, MAIL, REPORT, MAIL)));
    metrics.on(sent(List.of(REPORT)));

    assertThat(collected.sum(SENT, CHANNEL, "mail")).contains(3.0);
    assertThat(collected.sum(SENT, CHANNEL, "reports")).contains(2.0);
    assertThat(collected.sum(OPERATION, "messaging.operation.type", "send")).contains(2.0);
    assertThat(collected.points(OPERATION, CHANNEL, "reports")) // the mixed list has no channel
        .singleElement()
        .satisfies(
            point -> {
              assertThat(((HistogramPointData) point).getSum()).isEqualTo(0.005);
              assertThat(point.getAttributes())
                  .isEqualTo(
                      Attributes.builder()
                          .put("messaging.system", "jdbcmq")
                          .put("messaging.operation.name", "send")
                          .put("messaging.operation.type", "send")
                          .put("messaging.destination.name", "reports")
                          .build());
            });
  }

  @Test
  void unitsAndBucketsAreThoseOfTheConventions() {
    metrics.on(sent(List.of(MAIL)));

    assertThat(collected.metric(SENT)).map(MetricData::getUnit).contains("{message}");
    MetricData operation = collected.metric(OPERATION).orElseThrow();
    assertThat(operation.getUnit()).isEqualTo("s");
    assertThat(operation.getHistogramData().getPoints().iterator().next().getBoundaries())
        .containsExactly(
            0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0);
  }

  @Test
  void duplicatesAndFailuresAreCounted() {
    metrics.on(
        new JobEvent.Sent(
            List.of(MAIL, MAIL),
            List.of(new SendResult.Sent(ID), new SendResult.Duplicate(ID)),
            true,
            TOOK));
    metrics.on(new JobEvent.SendFailed(List.of(MAIL), false, new IllegalStateException(), TOOK));

    assertThat(collected.sum("jdbcmq.jobs.duplicate", CHANNEL, "mail")).contains(1.0);
    assertThat(collected.sum(SENT, CHANNEL, "mail")).contains(3.0);
    assertThat(collected.sum(SENT, "error.type", "java.lang.IllegalStateException")).contains(1.0);
  }

  @Test
  void handlersAreTimedByJobAndResult() {
    metrics.on(new JobEvent.Started(attempt()));
    metrics.on(ended(Result.COMPLETED, Optional.empty()));
    metrics.on(ended(Result.FAILED, Optional.of(new IllegalArgumentException("secret"))));
    metrics.on(ended(Result.UNKNOWN, Optional.empty()));

    assertThat(collected.sum("messaging.client.consumed.messages", CHANNEL, "mail")).contains(1.0);
    assertThat(collected.sum(PROCESS, "jdbcmq.job.name", "send")).contains(2.0);
    assertThat(collected.points(PROCESS, "jdbcmq.result", "completed"))
        .singleElement()
        .satisfies(
            point ->
                assertThat(point.getAttributes().get(AttributeKey.stringKey("error.type")))
                    .isNull());
    assertThat(collected.sum(PROCESS, "error.type", "java.lang.IllegalArgumentException"))
        .contains(1.0);
    assertThat(collected.sum("jdbcmq.jobs.returned", "jdbcmq.result", "unknown")).contains(1.0);
  }

  @Test
  void deathsRescuesPollsSettlementsAndLeasesAreCounted() {
    metrics.on(new JobEvent.Died(attempt()));
    metrics.on(new JobEvent.Rescued(ID, RUNNER, true));
    metrics.on(new JobEvent.Polled(RUNNER, 10, 4, TOOK));
    metrics.on(new JobEvent.Polled(RUNNER, 6, 0, TOOK));
    metrics.on(new JobEvent.Settled(Result.COMPLETED, 4, TOOK));
    metrics.on(new JobEvent.LeaseTaken(RUNNER));
    metrics.on(new JobEvent.LeaseRenewed(RUNNER, TOOK));
    metrics.on(new JobEvent.LeaseTaken(ID));
    metrics.on(new JobEvent.LeaseLost(ID));
    metrics.on(new JobEvent.LeaseEnded(ID));

    assertThat(collected.sum("jdbcmq.jobs.died")).contains(2.0);
    assertThat(collected.sum("jdbcmq.jobs.died", "jdbcmq.job.name", "send")).contains(1.0);
    assertThat(collected.sum("jdbcmq.jobs.rescued")).contains(1.0);
    assertThat(collected.sum("jdbcmq.poll.claimed")).contains(2.0);
    assertThat(collected.sum("jdbcmq.poll.wanted")).contains(2.0);
    assertThat(collected.sum("jdbcmq.poll.empty")).contains(1.0);
    assertThat(collected.sum("jdbcmq.jobs.settled", "jdbcmq.result", "completed")).contains(4.0);
    assertThat(collected.sum(OPERATION, "messaging.operation.type", "receive")).contains(2.0);
    assertThat(collected.sum(OPERATION, "messaging.operation.type", "settle")).contains(1.0);
    assertThat(collected.sum("jdbcmq.lease.renewal.duration")).contains(1.0);
    assertThat(collected.sum("jdbcmq.lease.lost")).contains(1.0);
    assertThat(collected.sum("jdbcmq.lease.held")).contains(1.0);
  }

  @Test
  void channelsBeyondTheBoundShareASeries() {
    for (int i = 0; i < 1_000; i++) {
      metrics.on(sent(List.of(JobRequest.of("send").channel("c" + i))));
    }

    assertThat(collected.metric(SENT).orElseThrow().getData().getPoints()).hasSize(201);
    assertThat(collected.sum(SENT, CHANNEL, "other")).contains(800.0);
  }

  @Test
  void nothingPrivateLeavesTheProcess() {
    metrics.on(sent(List.of(MAIL.header("user", "header-secret").json("\"payload-secret\""))));
    metrics.on(new JobEvent.Started(attempt()));
    metrics.on(ended(Result.FAILED, Optional.of(new IllegalStateException("payload-secret"))));
    metrics.on(new JobEvent.Died(attempt()));
    metrics.on(new JobEvent.LeaseTaken(RUNNER));
    metrics.on(new JobEvent.Rescued(ID, RUNNER, true));

    assertThat(collected.everything())
        .contains("mail")
        .doesNotContain("secret", ID.toString(), RUNNER.toString());
  }

  @Test
  void attributesOfOnesOwnTellQueuesApart() {
    QueueMetrics other =
        new QueueMetrics(
            collected.openTelemetry(), Attributes.builder().put("schema", "other").build());
    metrics.on(new JobEvent.Rescued(ID, RUNNER, false));
    other.on(new JobEvent.Rescued(ID, RUNNER, false));
    other.on(sent(List.of(MAIL)));

    assertThat(collected.sum("jdbcmq.jobs.rescued", "schema", "other")).contains(1.0);
    assertThat(collected.sum(SENT, "schema", "other")).contains(1.0);
  }

  private static JobEvent.Sent sent(List<JobRequest> requests) {
    List<SendResult> results =
        IntStream.range(0, requests.size())
            .<SendResult>mapToObj(i -> new SendResult.Sent(ID))
            .toList();
    return new JobEvent.Sent(requests, results, false, TOOK);
  }

  private static JobEvent.Ended ended(Result result, Optional<Throwable> error) {
    return new JobEvent.Ended(attempt(), result, error, TOOK);
  }

  private static Attempt attempt() {
    Channel channel = new Channel("mail", "tenant-secret");
    Map<String, String> headers = Map.of("user", "header-secret");
    return new Attempt(ID, "send", channel, 1, false, Instant.EPOCH, headers);
  }
}
