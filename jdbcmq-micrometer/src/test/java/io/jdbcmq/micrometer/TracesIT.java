package io.jdbcmq.micrometer;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.JobRunner;
import io.jdbcmq.job.JobHandler;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.RetryPolicy;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.tracing.handler.DefaultTracingObservationHandler;
import io.micrometer.tracing.handler.PropagatingReceiverTracingObservationHandler;
import io.micrometer.tracing.handler.PropagatingSenderTracingObservationHandler;
import io.micrometer.tracing.otel.bridge.OtelCurrentTraceContext;
import io.micrometer.tracing.otel.bridge.OtelPropagator;
import io.micrometer.tracing.otel.bridge.OtelTracer;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A trace goes on from the sender to the handler, by Micrometer Tracing with OpenTelemetry. */
class TracesIT {
  private static final JobRequest MAIL = JobRequest.of("send").channel("mail", "tenant-secret");

  @RegisterExtension final TestDatabase db = new TestDatabase();

  private final InMemorySpanExporter spans = InMemorySpanExporter.create();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final ObservationRegistry observations = ObservationRegistry.create();
  private OtelTracer tracer;
  private JobQueue queue;

  @BeforeEach
  void trace() {
    io.opentelemetry.api.trace.Tracer otel =
        SdkTracerProvider.builder()
            .addSpanProcessor(SimpleSpanProcessor.create(spans))
            .build()
            .get("test");
    tracer = new OtelTracer(otel, new OtelCurrentTraceContext(), event -> {});
    OtelPropagator propagator =
        new OtelPropagator(
            ContextPropagators.create(W3CTraceContextPropagator.getInstance()), otel);
    observations
        .observationConfig()
        .observationHandler(
            new io.micrometer.observation.ObservationHandler
                .FirstMatchingCompositeObservationHandler(
                new PropagatingReceiverTracingObservationHandler<>(tracer, propagator),
                new PropagatingSenderTracingObservationHandler<>(tracer, propagator),
                new DefaultTracingObservationHandler(tracer)))
        .observationHandler(new DefaultMeterObservationHandler(meters));
    queue = db.queue().interceptor(new ObservationInterceptor(observations)).build();
  }

  @Test
  void aTraceGoesOnFromTheSenderToTheHandler() {
    List<String> inHandler = new CopyOnWriteArrayList<>();
    UUID id =
        Observation.createNotStarted("request", observations)
            .observe(() -> queue.send(MAIL.json("\"payload-secret\"")).id());
    run(job -> inHandler.add(tracer.currentSpan().context().traceId()), 1);

    SpanData request = named("request").get(0);
    SpanData create = named("create mail").get(0);
    SpanData process = named("process mail").get(0);
    assertThat(create)
        .returns(SpanKind.PRODUCER, SpanData::getKind)
        .returns(request.getSpanId(), SpanData::getParentSpanId);
    assertThat(process)
        .returns(SpanKind.CONSUMER, SpanData::getKind)
        .returns(create.getSpanId(), SpanData::getParentSpanId)
        .returns(request.getTraceId(), SpanData::getTraceId);
    assertThat(inHandler).containsExactly(request.getTraceId());
    assertThat(process.getAttributes().get(AttributeKey.stringKey("messaging.message.id")))
        .isEqualTo(id.toString());
    assertThat(spans.getFinishedSpanItems().toString()).doesNotContain("secret");
  }

  @Test
  void everyAttemptIsPartOfTheTrace() {
    queue.send(MAIL.retry(RetryPolicy.of(1, Duration.ZERO)));
    run(
        job -> {
          if (job.attempt() == 1) {
            throw new IllegalStateException("not yet");
          }
        },
        2);

    String creator = named("create mail").get(0).getSpanId();
    assertThat(named("process mail"))
        .extracting(SpanData::getParentSpanId, span -> span.getStatus().getStatusCode())
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(creator, StatusCode.ERROR),
            org.assertj.core.groups.Tuple.tuple(creator, StatusCode.UNSET));
  }

  @Test
  void idsStayOutOfTheMetricsOfObservations() {
    UUID id = queue.send(MAIL).id();
    run(job -> {}, 1);

    String all =
        meters.getMeters().stream()
            .map(Meter::getId)
            .map(Object::toString)
            .collect(Collectors.joining("\n"));
    assertThat(all)
        .contains("jdbcmq.job.create", "jdbcmq.job.process", "mail")
        .doesNotContain(id.toString(), "secret");
  }

  private void run(JobHandler handler, int attempts) {
    JobRegistry jobs = JobRegistry.builder().handle("send", handler).build();
    try (JobRunner runner = queue.runner(jobs).pollInterval(Duration.ofMillis(100)).start()) {
      await().atMost(30, SECONDS).until(() -> named("process mail").size() == attempts);
      assertThat(runner.id()).isPresent();
    }
  }

  private List<SpanData> named(String name) {
    return spans.getFinishedSpanItems().stream()
        .filter(span -> span.getName().equals(name))
        .toList();
  }
}
