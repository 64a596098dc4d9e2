package io.jdbcmq.micrometer;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.jdbcmq.job.ChannelStats;
import io.jdbcmq.job.QueueStats;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The gauges of a queue in one registry. Thread-safe.
 *
 * <p>New channels are found when any gauge is read, so their gauges show up in the next reading of
 * the registry. Those that are always there see to it that there is one to be read.
 */
final class BoundGauges {
  /** How often a channel may be missing: estimates of a large queue leave small ones out. */
  private static final int MAX_MISSES = 40;

  private final MeterRegistry registry;
  private final Supplier<Optional<QueueStats>> stats;
  private final Tags tags;
  private final int maxChannels;
  private final Map<String, ChannelGauges> channels = new HashMap<>();
  private @Nullable QueueStats seen;

  BoundGauges(
      MeterRegistry registry, Supplier<Optional<QueueStats>> stats, Tags tags, int maxChannels) {
    this.registry = registry;
    this.stats = stats;
    this.tags = tags;
    this.maxChannels = maxChannels;
  }

  void register() {
    Gauge.builder("jdbcmq.rows.dead", () -> value(QueueStats::deadRows))
        .description("Rows of the queue's tables that vacuum has not removed yet")
        .tags(tags)
        .register(registry);
    Gauge.builder("jdbcmq.stats.exact", () -> value(stats -> stats.exact() ? 1 : 0))
        .description("1: the numbers are counts, 0: they are estimates")
        .tags(tags)
        .register(registry);
    TimeGauge.builder("jdbcmq.snapshot.age", () -> value(BoundGauges::snapshotAge), SECONDS)
        .description("Age of the oldest snapshot, which keeps vacuum from removing rows")
        .tags(tags)
        .register(registry);
  }

  private double value(ToDoubleFunction<QueueStats> of) {
    return current().map(of::applyAsDouble).orElse(Double.NaN);
  }

  /** What a gauge of a channel reads. */
  double value(ChannelGauges channel, ToDoubleFunction<ChannelStats> of) {
    return current().isPresent() ? of.applyAsDouble(channel.stats()) : Double.NaN;
  }

  @SuppressWarnings("ReferenceEquality") // numbers that have not changed are a new reading, too
  private synchronized Optional<QueueStats> current() {
    Optional<QueueStats> latest = stats.get();
    if (latest.isPresent() && latest.get() != seen) {
      seen = latest.get();
      update(latest.get());
    }
    return latest;
  }

  private void update(QueueStats latest) {
    Set<String> missing = new HashSet<>(channels.keySet());
    ChannelStats others = ChannelGauges.nothing(BoundedNames.OTHER);
    boolean hasOthers = false;
    for (ChannelStats channel : latest.channels()) {
      String name = channel.channelName();
      if (name.equals(BoundedNames.OTHER) || !hasRoomFor(name)) {
        others = ChannelGauges.sum(others, channel);
        hasOthers = true;
      } else {
        gauges(name).show(channel);
        missing.remove(name);
      }
    }
    if (hasOthers) {
      gauges(BoundedNames.OTHER).show(others);
      missing.remove(BoundedNames.OTHER);
    }
    missing.forEach(this::miss);
  }

  private boolean hasRoomFor(String name) {
    int room = channels.containsKey(BoundedNames.OTHER) ? maxChannels + 1 : maxChannels;
    return channels.containsKey(name) || channels.size() < room;
  }

  private ChannelGauges gauges(String name) {
    return channels.computeIfAbsent(
        name, added -> ChannelGauges.register(registry, tags, added, this));
  }

  private void miss(String name) {
    ChannelGauges gone = gauges(name);
    if (gone.miss() > MAX_MISSES) {
      gone.remove(registry);
      channels.remove(name);
    }
  }

  private static double snapshotAge(QueueStats stats) {
    if (stats.oldestSnapshot().isEmpty()) {
      return 0;
    }
    Optional<Duration> held = stats.oldestSnapshot().get().held();
    return held.map(ChannelGauges::seconds).orElse(Double.NaN); // a replication slot has no time
  }
}
