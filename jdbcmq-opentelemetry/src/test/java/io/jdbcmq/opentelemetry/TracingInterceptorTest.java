package io.jdbcmq.opentelemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.job.JobRequest;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.trace.data.SpanData;
import org.junit.jupiter.api.Test;

/** The sending side; the other one needs a job that runs, and is in {@link TelemetryIT}. */
class TracingInterceptorTest {
  private static final JobRequest MAIL = JobRequest.of("send").channel("mail", "tenant-secret");

  private final Collected collected = new Collected();
  private final TracingInterceptor tracing = new TracingInterceptor(collected.openTelemetry());

  @Test
  @SuppressWarnings("try")
  void theHeadersCarryTheSpanOfTheSender() {
    Span request = collected.openTelemetry().getTracer("test").spanBuilder("request").startSpan();
    JobRequest traced;
    try (Scope scope = request.makeCurrent()) {
      traced = tracing.beforeSend(MAIL.header("user", "7"));
    }

    SpanData create = collected.spans("create mail").get(0);
    assertThat(create.getKind()).isEqualTo(SpanKind.PRODUCER);
    assertThat(create.getParentSpanId()).isEqualTo(request.getSpanContext().getSpanId());
    assertThat(traced.headers())
        .containsEntry("user", "7")
        .hasEntrySatisfying(
            "traceparent",
            parent ->
                assertThat(parent)
                    .startsWith("00-" + create.getTraceId() + "-" + create.getSpanId() + "-"));
    assertThat(collected.everything()).doesNotContain("secret");
  }

  @Test
  void aTraceThatIsThereAlreadyIsReplaced() {
    JobRequest twice = tracing.beforeSend(tracing.beforeSend(MAIL));

    assertThat(twice.headers().get("traceparent"))
        .contains(collected.spans("create mail").get(1).getSpanId());
  }

  @Test
  void theTraceIsLeftOutWhenThereIsNoRoomForIt() {
    JobRequest full = MAIL;
    for (int i = 0; i < 64; i++) {
      full = full.header("h" + i, "");
    }

    assertThat(tracing.beforeSend(full)).isSameAs(full);
  }

  @Test
  void withoutAnSdkARequestStaysAsItIs() {
    assertThat(new TracingInterceptor(OpenTelemetry.noop()).beforeSend(MAIL)).isSameAs(MAIL);
  }
}
