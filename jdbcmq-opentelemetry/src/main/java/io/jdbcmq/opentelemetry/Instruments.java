package io.jdbcmq.opentelemetry;

import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.api.metrics.LongHistogram;
import io.opentelemetry.api.metrics.LongUpDownCounter;
import io.opentelemetry.api.metrics.Meter;
import java.util.List;

/** The instruments of a queue. */
final class Instruments {
  /** As the conventions advise. */
  private static final List<Double> SECONDS =
      List.of(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0);

  /** Up to the largest claim. */
  private static final List<Long> JOBS =
      List.of(0L, 1L, 2L, 5L, 10L, 20L, 50L, 100L, 200L, 500L, 1_000L);

  final LongCounter sent;
  final LongCounter duplicates;
  final DoubleHistogram operation;
  final LongCounter consumed;
  final DoubleHistogram process;
  final LongCounter returned;
  final LongCounter settled;
  final LongCounter died;
  final LongCounter rescued;
  final LongHistogram wanted;
  final LongHistogram claimed;
  final LongCounter emptyPolls;
  final DoubleHistogram renewal;
  final LongCounter leasesLost;
  final LongUpDownCounter leasesHeld;

  private final Meter meter;

  Instruments(Meter meter) {
    this.meter = meter;
    sent = counter("messaging.client.sent.messages", "{message}", "Jobs that were to be sent");
    duplicates = counter("jdbcmq.jobs.duplicate", "{job}", "Jobs not stored: duplicates");
    operation = durations("messaging.client.operation.duration", "Calls of the database");
    consumed =
        counter("messaging.client.consumed.messages", "{message}", "Attempts that were started");
    process = durations("messaging.process.duration", "Runs of handlers");
    returned =
        counter("jdbcmq.jobs.returned", "{job}", "Jobs that went back without having started");
    settled = counter("jdbcmq.jobs.settled", "{job}", "Attempts whose outcome runners have stored");
    died = counter("jdbcmq.jobs.died", "{job}", "Jobs that have become dead letters");
    rescued =
        counter(
            "jdbcmq.jobs.rescued",
            "{job}",
            "Jobs taken from lost runners, or whose outcome was undone");
    wanted = sizes("jdbcmq.poll.wanted", "Jobs that a poll had room for");
    claimed = sizes("jdbcmq.poll.claimed", "Jobs that a poll has claimed");
    emptyPolls = counter("jdbcmq.poll.empty", "{poll}", "Polls that found nothing");
    renewal = durations("jdbcmq.lease.renewal.duration", "Renewals of runners' leases");
    leasesLost = counter("jdbcmq.lease.lost", "{lease}", "Leases lost: handlers were interrupted");
    leasesHeld =
        meter
            .upDownCounterBuilder("jdbcmq.lease.held")
            .setUnit("{lease}")
            .setDescription("Runners of this process that have a lease")
            .build();
  }

  private LongCounter counter(String name, String unit, String description) {
    return meter.counterBuilder(name).setUnit(unit).setDescription(description).build();
  }

  private DoubleHistogram durations(String name, String description) {
    return meter
        .histogramBuilder(name)
        .setUnit("s")
        .setDescription(description)
        .setExplicitBucketBoundariesAdvice(SECONDS)
        .build();
  }

  private LongHistogram sizes(String name, String description) {
    return meter
        .histogramBuilder(name)
        .ofLongs()
        .setUnit("{job}")
        .setDescription(description)
        .setExplicitBucketBoundariesAdvice(JOBS)
        .build();
  }
}
