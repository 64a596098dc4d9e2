package io.jdbcmq.opentelemetry;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.JobRunner;
import io.jdbcmq.job.JobHandler;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.RetryPolicy;
import io.opentelemetry.api.baggage.Baggage;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanId;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a real queue with real runners exports. */
class TelemetryIT {
  private static final JobRequest MAIL =
      JobRequest.of("send")
          .channel("mail", "tenant-secret")
          .header("user", "header-secret")
          .json("\"payload-secret\"");

  @RegisterExtension final TestDatabase db = new TestDatabase();

  private final Collected collected = new Collected();

  @Test
  @SuppressWarnings("try")
  void aTraceGoesOnFromTheSenderToTheHandler() {
    JobQueue queue = traced(new TracingInterceptor(collected.openTelemetry()));
    List<String> inHandler = new CopyOnWriteArrayList<>();
    Span request = collected.openTelemetry().getTracer("test").spanBuilder("request").startSpan();
    UUID id;
    try (Scope scope =
        Context.current()
            .with(request)
            .with(Baggage.builder().put("tenant", "7").build())
            .makeCurrent()) {
      id = queue.send(MAIL).id();
    }
    run(
        queue,
        job -> {
          inHandler.add(Span.current().getSpanContext().getTraceId());
          inHandler.add(String.valueOf(Baggage.current().getEntryValue("tenant")));
        },
        1);

    SpanData create = collected.spans("create mail").get(0);
    SpanData process = collected.spans("process mail").get(0);
    assertThat(process)
        .returns(SpanKind.CONSUMER, SpanData::getKind)
        .returns(create.getSpanId(), SpanData::getParentSpanId)
        .returns(request.getSpanContext().getTraceId(), SpanData::getTraceId);
    assertThat(process.getLinks())
        .extracting(link -> link.getSpanContext().getSpanId())
        .containsExactly(create.getSpanId());
    assertThat(process.getAttributes().get(AttributeKey.stringKey("messaging.message.id")))
        .isEqualTo(id.toString());
    assertThat(process.getAttributes().get(AttributeKey.longKey("jdbcmq.attempt"))).isOne();
    assertThat(inHandler).containsExactly(request.getSpanContext().getTraceId(), "7");
    assertThat(collected.everything()).doesNotContain("secret");
  }

  @Test
  void anAttemptThatFailsIsAnErrorWithoutTheMessage() {
    JobQueue queue = traced(new TracingInterceptor(collected.openTelemetry()));
    queue.send(MAIL.retry(RetryPolicy.of(1, Duration.ZERO)));
    run(
        queue,
        job -> {
          if (job.attempt() == 1) {
            throw new IllegalStateException("payload-secret");
          }
        },
        2);

    SpanData failed = collected.spans("process mail").get(0);
    assertThat(failed.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(failed.getAttributes().get(AttributeKey.stringKey("error.type")))
        .isEqualTo("java.lang.IllegalStateException");
    SpanData again = collected.spans("process mail").get(1);
    assertThat(again.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
    assertThat(again.getTraceId()).isEqualTo(failed.getTraceId());
    assertThat(collected.everything()).doesNotContain("secret");
  }

  @Test
  void withLinksAnAttemptHasATraceOfItsOwn() {
    JobQueue queue = traced(TracingInterceptor.withLinks(collected.openTelemetry()));
    queue.send(MAIL);
    run(queue, job -> {}, 1);

    SpanData create = collected.spans("create mail").get(0);
    SpanData process = collected.spans("process mail").get(0);
    assertThat(process.getParentSpanId()).isEqualTo(SpanId.getInvalid());
    assertThat(process.getTraceId()).isNotEqualTo(create.getTraceId());
    assertThat(process.getLinks())
        .extracting(link -> link.getSpanContext().getSpanId())
        .containsExactly(create.getSpanId());
  }

  @Test
  void aJobThatWasSentWithoutATraceStartsOne() {
    db.queue().build().send(MAIL);
    run(traced(new TracingInterceptor(collected.openTelemetry())), job -> {}, 1);

    SpanData process = collected.spans("process mail").get(0);
    assertThat(process.getParentSpanId()).isEqualTo(SpanId.getInvalid());
    assertThat(process.getLinks()).isEmpty();
  }

  @Test
  void aJobIsCountedFromSendToSettlement() {
    JobQueue queue = db.queue().listener(new QueueMetrics(collected.openTelemetry())).build();
    UUID id = queue.send(MAIL).id();
    JobRegistry jobs = JobRegistry.builder().handle("send", job -> {}).build();
    try (JobRunner runner = queue.runner(jobs).start()) {
      await()
          .atMost(30, SECONDS)
          .until(() -> collected.sum("jdbcmq.jobs.settled").orElse(0.0) == 1);
      assertThat(collected.sum("jdbcmq.lease.held")).contains(1.0);
      assertThat(runner.id()).isPresent();
    }

    String channel = "messaging.destination.name";
    assertThat(collected.sum("messaging.client.sent.messages", channel, "mail")).contains(1.0);
    assertThat(collected.sum("messaging.client.consumed.messages", channel, "mail")).contains(1.0);
    assertThat(collected.sum("messaging.process.duration", channel, "mail")).contains(1.0);
    assertThat(collected.sum("jdbcmq.lease.held")).contains(0.0);
    assertThat(collected.everything()).doesNotContain("secret", id.toString());
  }

  @Test
  void gaugesShowWhatIsInTheQueueAndNothingWhenTheDatabaseIsAway() throws Exception {
    JobQueue queue = db.queue().build();
    queue.send(List.of(MAIL, MAIL, MAIL.delay(Duration.ofHours(1))));
    Duration interval = Duration.ofMillis(100);
    try (QueueGauges gauges =
        new QueueGauges(collected.openTelemetry(), queue, interval, Attributes.empty())) {
      awaitReady(2);
      assertThat(collected.sum("jdbcmq.jobs.delayed")).contains(1.0);
      queue.clearAll();
      awaitReady(0);
      db.execute("alter table mq_jobs rename to mq_jobs_away");
      await().atMost(30, SECONDS).until(() -> collected.metric("jdbcmq.jobs.ready").isEmpty());
      db.execute("alter table mq_jobs_away rename to mq_jobs");
      awaitReady(0);
      assertThat(gauges).isNotNull();
    }
  }

  private void awaitReady(double expected) {
    await()
        .atMost(30, SECONDS)
        .until(() -> collected.sum("jdbcmq.jobs.ready").orElse(-1.0) == expected);
  }

  private JobQueue traced(TracingInterceptor tracing) {
    return db.queue().interceptor(tracing).build();
  }

  private void run(JobQueue queue, JobHandler handler, int attempts) {
    JobRegistry jobs = JobRegistry.builder().handle("send", handler).build();
    try (JobRunner runner = queue.runner(jobs).pollInterval(Duration.ofMillis(100)).start()) {
      await().atMost(30, SECONDS).until(() -> collected.spans("process mail").size() == attempts);
      assertThat(runner.id()).isPresent();
    }
  }
}
