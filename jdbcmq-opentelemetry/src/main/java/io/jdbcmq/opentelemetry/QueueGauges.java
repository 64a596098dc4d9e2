package io.jdbcmq.opentelemetry;

import io.jdbcmq.JobQueue;
import io.jdbcmq.RecentStats;
import io.jdbcmq.job.ChannelStats;
import io.jdbcmq.job.QueueStats;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.BatchCallback;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.ObservableDoubleMeasurement;
import io.opentelemetry.api.metrics.ObservableLongMeasurement;
import io.opentelemetry.api.metrics.ObservableMeasurement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * What is in a queue, as gauges: jobs by state and the age of the oldest due one for each channel
 * name, and what keeps vacuum from its work. To be closed. Thread-safe.
 *
 * <p>The numbers are read from the database when metrics are collected, once per interval, at a
 * cost that does not grow with the queue; that blocks for two seconds at most. While the database
 * is away, there is nothing to collect. The numbers are the same in each process: one is enough to
 * have them.
 *
 * <p>200 channel names are told apart, further ones share {@code other}. A channel name without
 * jobs goes to 0, and is left out after 40 intervals.
 */
public final class QueueGauges implements AutoCloseable {
  private static final Duration INTERVAL = Duration.ofSeconds(15);

  private final Supplier<Optional<QueueStats>> stats;
  private final Attributes common;
  private final RecentChannels channels;
  private final Map<ObservableLongMeasurement, ToLongFunction<ChannelStats>> states =
      new LinkedHashMap<>();
  private final ObservableDoubleMeasurement oldestDue;
  private final ObservableLongMeasurement deadRows;
  private final ObservableLongMeasurement exact;
  private final ObservableDoubleMeasurement snapshotAge;
  private final BatchCallback callback;

  /** Gauges of this queue, read every 15 seconds at most. */
  public QueueGauges(OpenTelemetry openTelemetry, JobQueue queue) {
    this(openTelemetry, queue, INTERVAL, Attributes.empty());
  }

  /**
   * Gauges of this queue.
   *
   * @param interval how old the numbers may be, 100 ms to a day
   * @param attributes what tells queues in one process apart, the schema for example
   */
  public QueueGauges(
      OpenTelemetry openTelemetry, JobQueue queue, Duration interval, Attributes attributes) {
    this(openTelemetry, new RecentStats(queue, interval)::get, attributes, BoundedNames.MAX);
  }

  QueueGauges(
      OpenTelemetry openTelemetry,
      Supplier<Optional<QueueStats>> stats,
      Attributes attributes,
      int maxChannels) {
    this.stats = stats;
    common = attributes;
    channels = new RecentChannels(maxChannels);
    Meter meter = openTelemetry.getMeter(Keys.SCOPE);
    state(meter, "ready", "can be claimed", ChannelStats::ready);
    state(meter, "delayed", "wait for a time", ChannelStats::delayed);
    state(meter, "reserved", "wait for their commit", ChannelStats::reserved);
    state(meter, "parked", "wait behind another one", ChannelStats::parked);
    state(meter, "running", "are claimed by a runner", ChannelStats::running);
    state(meter, "dead", "are dead letters", ChannelStats::dead);
    oldestDue =
        seconds(
            meter, "jdbcmq.jobs.oldest.due", "How long the oldest job that could run has waited");
    snapshotAge =
        seconds(
            meter,
            "jdbcmq.snapshot.age",
            "Age of the oldest snapshot, which keeps vacuum from removing rows");
    deadRows =
        number(
            meter,
            "jdbcmq.rows.dead",
            "{row}",
            "Rows of the queue's tables that vacuum has not removed yet");
    exact =
        number(
            meter, "jdbcmq.stats.exact", "1", "1: the numbers are counts, 0: they are estimates");
    callback =
        meter.batchCallback(this::collect, oldestDue, all(List.of(snapshotAge, deadRows, exact)));
  }

  /** Ends the gauges. */
  @Override
  public void close() {
    callback.close();
  }

  private synchronized void collect() {
    stats.get().ifPresent(this::record);
  }

  private void record(QueueStats found) {
    for (ChannelStats channel : channels.shown(found)) {
      Attributes own = common.toBuilder().put(Keys.CHANNEL, channel.channelName()).build();
      states.forEach((gauge, count) -> gauge.record(count.applyAsLong(channel), own));
      oldestDue.record(seconds(channel.oldestDue().orElse(Duration.ZERO)), own);
    }
    deadRows.record(found.deadRows(), common);
    exact.record(found.exact() ? 1 : 0, common);
    if (found.oldestSnapshot().isEmpty()) {
      snapshotAge.record(0, common);
    } else { // a replication slot has no time
      found
          .oldestSnapshot()
          .get()
          .held()
          .ifPresent(age -> snapshotAge.record(seconds(age), common));
    }
  }

  private void state(
      Meter meter, String state, String meaning, ToLongFunction<ChannelStats> count) {
    states.put(number(meter, "jdbcmq.jobs." + state, "{job}", "Jobs that " + meaning), count);
  }

  private ObservableMeasurement[] all(List<ObservableMeasurement> more) {
    List<ObservableMeasurement> all = new ArrayList<>(states.keySet());
    all.addAll(more);
    return all.toArray(ObservableMeasurement[]::new);
  }

  private static ObservableLongMeasurement number(
      Meter meter, String name, String unit, String description) {
    return meter
        .gaugeBuilder(name)
        .ofLongs()
        .setUnit(unit)
        .setDescription(description)
        .buildObserver();
  }

  private static ObservableDoubleMeasurement seconds(Meter meter, String name, String description) {
    return meter.gaugeBuilder(name).setUnit("s").setDescription(description).buildObserver();
  }

  private static double seconds(Duration time) {
    return time.toMillis() / 1e3;
  }
}
