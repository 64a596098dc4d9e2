package io.jdbcmq.micrometer;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.jdbcmq.job.ChannelStats;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** The gauges of one channel name. Guarded by {@link BoundGauges}, but for reading. */
final class ChannelGauges {
  private final List<Meter> meters = new ArrayList<>();
  private volatile ChannelStats stats;
  private int misses;

  private ChannelGauges(ChannelStats stats) {
    this.stats = stats;
  }

  /** Gauges of a channel that has nothing yet. */
  static ChannelGauges register(
      MeterRegistry registry, Tags tags, String channelName, BoundGauges owner) {
    ChannelGauges gauges = new ChannelGauges(nothing(channelName));
    Tags own = tags.and(Names.CHANNEL, channelName);
    gauges.add(registry, own, owner, "ready", "can be claimed", ChannelStats::ready);
    gauges.add(registry, own, owner, "delayed", "wait for a time", ChannelStats::delayed);
    gauges.add(registry, own, owner, "reserved", "wait for their commit", ChannelStats::reserved);
    gauges.add(registry, own, owner, "parked", "wait behind another one", ChannelStats::parked);
    gauges.add(registry, own, owner, "running", "are claimed by a runner", ChannelStats::running);
    gauges.add(registry, own, owner, "dead", "are dead letters", ChannelStats::dead);
    gauges.meters.add(
        TimeGauge.builder(
                "jdbcmq.jobs.oldest.due",
                () -> owner.value(gauges, found -> seconds(found.oldestDue())),
                SECONDS)
            .description("For how long the oldest job that could run has waited")
            .tags(own)
            .register(registry));
    return gauges;
  }

  private void add(
      MeterRegistry registry,
      Tags tags,
      BoundGauges owner,
      String state,
      String meaning,
      ToDoubleFunction<ChannelStats> count) {
    meters.add(
        Gauge.builder("jdbcmq.jobs." + state, () -> owner.value(this, count))
            .description("Jobs that " + meaning)
            .tags(tags)
            .register(registry));
  }

  ChannelStats stats() {
    return stats;
  }

  void show(ChannelStats found) {
    stats = found;
    misses = 0;
  }

  /** Shows zeros. Returns how often that was so, one after the other. */
  int miss() {
    stats = nothing(stats.channelName());
    return ++misses;
  }

  void remove(MeterRegistry registry) {
    meters.forEach(registry::remove);
  }

  static ChannelStats nothing(String channelName) {
    return new ChannelStats(channelName, 0, 0, 0, 0, 0, 0, Optional.empty());
  }

  /** Both, under the name of the first one. */
  static ChannelStats sum(ChannelStats one, ChannelStats other) {
    return new ChannelStats(
        one.channelName(),
        one.ready() + other.ready(),
        one.delayed() + other.delayed(),
        one.reserved() + other.reserved(),
        one.parked() + other.parked(),
        one.running() + other.running(),
        one.dead() + other.dead(),
        seconds(one.oldestDue()) >= seconds(other.oldestDue())
            ? one.oldestDue()
            : other.oldestDue());
  }

  static double seconds(Duration time) {
    return time.toMillis() / 1e3;
  }

  private static double seconds(Optional<Duration> time) {
    return time.map(ChannelGauges::seconds).orElse(0.0);
  }
}
