package io.jdbcmq.micrometer;

import io.jdbcmq.JobQueue;
import io.jdbcmq.RecentStats;
import io.jdbcmq.job.QueueStats;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What is in a queue, as gauges: jobs by state and the age of the oldest due one for each channel
 * name, and what keeps vacuum from its work. Thread-safe.
 *
 * <p>The numbers are read from the database when gauges are read, once per interval for all of
 * them, at a cost that does not grow with the queue; that blocks for two seconds at most. Gauges
 * are {@code NaN} while the database is away. They are the same in each process: one is enough to
 * have them.
 *
 * <p>200 channel names have gauges of their own, further ones share {@code other}. A channel name
 * without jobs goes to 0, and its gauges are removed after 40 intervals.
 */
public final class QueueGauges implements MeterBinder {
  private static final Duration INTERVAL = Duration.ofSeconds(15);

  private final Supplier<Optional<QueueStats>> stats;
  private final Tags tags;
  private final int maxChannels;

  /** Gauges of this queue, read every 15 seconds at most. */
  public QueueGauges(JobQueue queue) {
    this(queue, INTERVAL, Tags.empty());
  }

  /**
   * Gauges of this queue.
   *
   * @param interval how old the numbers may be, 100 ms to a day
   * @param tags what tells queues in one registry apart, the schema for example
   */
  public QueueGauges(JobQueue queue, Duration interval, Iterable<Tag> tags) {
    this(new RecentStats(queue, interval)::get, Tags.of(tags), BoundedNames.MAX);
  }

  QueueGauges(Supplier<Optional<QueueStats>> stats, Tags tags, int maxChannels) {
    this.stats = stats;
    this.tags = tags;
    this.maxChannels = maxChannels;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    new BoundGauges(registry, stats, tags, maxChannels).register();
  }
}
