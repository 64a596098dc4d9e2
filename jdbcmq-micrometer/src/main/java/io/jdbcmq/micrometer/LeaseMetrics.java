package io.jdbcmq.micrometer;

import io.jdbcmq.spi.JobEvent;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** Tells whether the runners of this process are alive. Thread-safe. */
final class LeaseMetrics {
  private final Set<UUID> held = ConcurrentHashMap.newKeySet();
  private final Timer renewal;
  private final Counter lost;

  LeaseMetrics(MeterRegistry registry, Tags tags) {
    renewal =
        Timer.builder("jdbcmq.lease.renewal.duration")
            .description("Renewals of runners' leases")
            .tags(tags)
            .register(registry);
    lost =
        Counter.builder("jdbcmq.lease.lost")
            .description("Leases lost: handlers were interrupted")
            .tags(tags)
            .register(registry);
    Gauge.builder("jdbcmq.lease.held", held::size)
        .description("Runners of this process that have a lease")
        .tags(tags)
        .register(registry);
  }

  void on(JobEvent event) {
    if (event instanceof JobEvent.LeaseTaken taken) {
      held.add(taken.runnerId());
    } else if (event instanceof JobEvent.LeaseRenewed renewed) {
      renewal.record(renewed.took());
    } else if (event instanceof JobEvent.LeaseLost gone) {
      held.remove(gone.runnerId());
      lost.increment();
    } else if (event instanceof JobEvent.LeaseEnded ended) {
      held.remove(ended.runnerId());
    }
  }
}
