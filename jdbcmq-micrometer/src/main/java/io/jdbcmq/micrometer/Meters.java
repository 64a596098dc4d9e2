package io.jdbcmq.micrometer;

import static io.jdbcmq.micrometer.Names.CHANNEL;
import static io.jdbcmq.micrometer.Names.ERROR;
import static io.jdbcmq.micrometer.Names.JOB;
import static io.jdbcmq.micrometer.Names.OPERATION_NAME;
import static io.jdbcmq.micrometer.Names.RESULT;
import static io.jdbcmq.micrometer.Names.SYSTEM;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.List;

/**
 * The meters of a queue. Those whose name says what they count have no base unit, which Prometheus
 * would repeat in the name.
 */
final class Meters {
  final Family<Counter> sent;
  final Family<Counter> duplicates;
  final Family<Timer> operation;
  final Family<Counter> consumed;
  final Family<Timer> process;
  final Family<Counter> returned;
  final Family<Counter> settled;
  final Family<Counter> died;
  final Counter rescued;
  final DistributionSummary wanted;
  final DistributionSummary claimed;
  final Counter emptyPolls;

  private final MeterRegistry registry;
  private final Tags common;

  Meters(MeterRegistry registry, Tags common) {
    this.registry = registry;
    this.common = common;
    sent =
        counters(
            Names.SENT,
            "Jobs that were to be sent",
            List.of(SYSTEM, OPERATION_NAME, CHANNEL, ERROR));
    duplicates = counters("jdbcmq.jobs.duplicate", "Jobs not stored: duplicates", List.of(CHANNEL));
    operation = timers(Names.OPERATION, "Calls of the database", Names.OPERATION_TAGS);
    consumed =
        counters(
            Names.CONSUMED, "Attempts that were started", List.of(SYSTEM, OPERATION_NAME, CHANNEL));
    process =
        timers(
            Names.PROCESS,
            "Runs of handlers",
            List.of(SYSTEM, OPERATION_NAME, CHANNEL, JOB, RESULT, ERROR));
    returned =
        counters(
            "jdbcmq.jobs.returned",
            "Jobs that went back without having started",
            List.of(CHANNEL, RESULT));
    settled =
        counters(
            "jdbcmq.jobs.settled", "Attempts whose outcome runners have stored", List.of(RESULT));
    died =
        counters("jdbcmq.jobs.died", "Jobs that have become dead letters", List.of(CHANNEL, JOB));
    rescued =
        counter(
            "jdbcmq.jobs.rescued",
            "Jobs taken from lost runners, or whose outcome was undone",
            Tags.empty());
    wanted = summary("jdbcmq.poll.wanted", "Jobs that a poll had room for");
    claimed = summary("jdbcmq.poll.claimed", "Jobs that a poll has claimed");
    emptyPolls = counter("jdbcmq.poll.empty", "Polls that found nothing", Tags.empty());
  }

  private Family<Counter> counters(String name, String description, List<String> keys) {
    return new Family<>(keys, tags -> counter(name, description, tags));
  }

  private Family<Timer> timers(String name, String description, List<String> keys) {
    return new Family<>(
        keys,
        tags ->
            Timer.builder(name)
                .description(description)
                .tags(common)
                .tags(tags)
                .register(registry));
  }

  private Counter counter(String name, String description, Tags tags) {
    return Counter.builder(name)
        .description(description)
        .tags(common)
        .tags(tags)
        .register(registry);
  }

  private DistributionSummary summary(String name, String description) {
    return DistributionSummary.builder(name)
        .baseUnit("jobs")
        .description(description)
        .tags(common)
        .register(registry);
  }
}
