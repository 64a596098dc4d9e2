package io.jdbcmq.opentelemetry;

import io.jdbcmq.job.CurrentJob;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.spi.JobInterceptor;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.context.propagation.TextMapPropagator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries a trace from the sender to the handler, in headers of the job, and makes a span of each
 * job that is made and of each attempt. To be given to the builder of the queue. Thread-safe.
 *
 * <p>The span of kind producer, named {@code create} and the channel name, ends before the job is
 * sent. The span of kind consumer, named {@code process} and the channel name, is that of the
 * handler. It has a link to the first one and, by default, that as its parent, unless another span
 * is current. Spans do not quote what handlers throw, but for its class: messages may tell of
 * payloads.
 *
 * <p>Headers of the request that the trace needs are replaced. If there is no room for the trace
 * among the headers, the job is sent without it.
 */
public final class TracingInterceptor implements JobInterceptor {
  private static final Logger LOG = LoggerFactory.getLogger(TracingInterceptor.class);

  private final Tracer tracer;
  private final TextMapPropagator propagator;
  private final boolean continuesTrace;

  /** With the propagators of this instance; attempts are part of the sender's trace. */
  public TracingInterceptor(OpenTelemetry openTelemetry) {
    this(openTelemetry, true);
  }

  private TracingInterceptor(OpenTelemetry openTelemetry, boolean continuesTrace) {
    this.tracer = openTelemetry.getTracer(Keys.SCOPE);
    this.propagator = openTelemetry.getPropagators().getTextMapPropagator();
    this.continuesTrace = continuesTrace;
  }

  /**
   * Each attempt starts a trace of its own that has a link to the sender's: for jobs that run hours
   * after they were sent, or by the thousand for one request.
   */
  public static TracingInterceptor withLinks(OpenTelemetry openTelemetry) {
    return new TracingInterceptor(openTelemetry, false);
  }

  @Override
  public JobRequest beforeSend(JobRequest request) {
    Span span =
        span("create", request.channel().name(), request.jobName(), SpanKind.PRODUCER).startSpan();
    Map<String, String> trace = new LinkedHashMap<>();
    propagator.inject(Context.current().with(span), trace, HeaderSetter.INSTANCE);
    span.end();
    return with(request, trace);
  }

  @Override
  @SuppressWarnings("try") // the scope is to be closed, and of no other use
  public void aroundRun(CurrentJob job, Handling handling) throws Exception {
    Context ambient = Context.current();
    Context sent = propagator.extract(ambient, job.headers(), HeaderGetter.INSTANCE);
    SpanContext creation = creation(sent, ambient);
    SpanBuilder builder = span("process", job.channel().name(), job.name(), SpanKind.CONSUMER);
    builder.setAttribute(Keys.MESSAGE_ID, job.id().toString());
    builder.setAttribute(Keys.ATTEMPT, (long) job.attempt());
    if (creation.isValid()) {
      builder.addLink(creation);
    }
    boolean hasAmbient = Span.fromContext(ambient).getSpanContext().isValid();
    builder.setParent(continuesTrace && !hasAmbient ? sent : ambient);
    Span span = builder.startSpan();
    try (Scope scope = sent.with(span).makeCurrent()) { // with the baggage of the sender
      handling.proceed();
    } catch (Throwable e) {
      span.setAttribute(Keys.ERROR, e.getClass().getName());
      span.setStatus(StatusCode.ERROR);
      throw e;
    } finally {
      span.end();
    }
  }

  private SpanBuilder span(String operation, String channelName, String jobName, SpanKind kind) {
    return tracer
        .spanBuilder(operation + " " + channelName)
        .setSpanKind(kind)
        .setAttribute(Keys.SYSTEM, Keys.JDBCMQ)
        .setAttribute(Keys.OPERATION_NAME, operation)
        .setAttribute(Keys.OPERATION_TYPE, operation)
        .setAttribute(Keys.CHANNEL, channelName)
        .setAttribute(Keys.JOB, jobName);
  }

  /** Invalid if the headers have none, and what was extracted is what was current before. */
  private static SpanContext creation(Context sent, Context ambient) {
    SpanContext found = Span.fromContext(sent).getSpanContext();
    return found.equals(Span.fromContext(ambient).getSpanContext())
        ? SpanContext.getInvalid()
        : found;
  }

  private static JobRequest with(JobRequest request, Map<String, String> trace) {
    JobRequest traced = request;
    try {
      for (Map.Entry<String, String> header : trace.entrySet()) {
        traced = traced.header(header.getKey(), header.getValue());
      }
      return traced;
    } catch (IllegalArgumentException e) { // a job matters more than its trace
      LOG.debug("{} is sent without its trace: {}", request, e.getMessage());
      return request;
    }
  }
}
