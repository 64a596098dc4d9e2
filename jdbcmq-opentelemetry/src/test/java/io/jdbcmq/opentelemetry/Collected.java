package io.jdbcmq.opentelemetry;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.baggage.propagation.W3CBaggagePropagator;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.DoublePointData;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** An OpenTelemetry of which a test sees all that is exported. */
final class Collected {
  private final InMemoryMetricReader metrics = InMemoryMetricReader.create();
  private final InMemorySpanExporter spans = InMemorySpanExporter.create();
  private final OpenTelemetry openTelemetry =
      OpenTelemetrySdk.builder()
          .setMeterProvider(SdkMeterProvider.builder().registerMetricReader(metrics).build())
          .setTracerProvider(
              SdkTracerProvider.builder()
                  .addSpanProcessor(SimpleSpanProcessor.create(spans))
                  .build())
          .setPropagators(
              ContextPropagators.create(
                  TextMapPropagator.composite(
                      W3CTraceContextPropagator.getInstance(), W3CBaggagePropagator.getInstance())))
          .build();

  OpenTelemetry openTelemetry() {
    return openTelemetry;
  }

  List<SpanData> spans(String name) {
    return spans.getFinishedSpanItems().stream()
        .filter(span -> span.getName().equals(name))
        .toList();
  }

  /** What leaves the process. */
  String everything() {
    return metrics.collectAllMetrics() + "\n" + spans.getFinishedSpanItems();
  }

  Optional<MetricData> metric(String name) {
    return metrics.collectAllMetrics().stream()
        .filter(metric -> metric.getName().equals(name))
        .findFirst();
  }

  /** The points of a metric that have this attribute. */
  List<? extends PointData> points(String name, String key, String value) {
    return metric(name).stream()
        .flatMap(metric -> metric.getData().getPoints().stream())
        .filter(point -> value.equals(point.getAttributes().get(AttributeKey.stringKey(key))))
        .toList();
  }

  /** Sum of counters or gauges, number of values of histograms; empty: there is none. */
  Optional<Double> sum(String name, String key, String value) {
    return sum(points(name, key, value).stream());
  }

  Optional<Double> sum(String name) {
    return sum(metric(name).stream().flatMap(metric -> metric.getData().getPoints().stream()));
  }

  private static Optional<Double> sum(Stream<? extends PointData> points) {
    return points.map(Collected::value).reduce(Double::sum);
  }

  private static double value(PointData point) {
    if (point instanceof LongPointData number) {
      return number.getValue();
    }
    return point instanceof HistogramPointData histogram
        ? histogram.getCount()
        : ((DoublePointData) point).getValue();
  }
}
