package io.jdbcmq.opentelemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.job.ChannelStats;
import io.jdbcmq.job.QueueStats;
import io.jdbcmq.job.QueueStats.SnapshotHolder;
import io.opentelemetry.api.common.Attributes;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class QueueGaugesTest {
  private final Collected collected = new Collected();
  private Optional<QueueStats> stats = Optional.empty();

  @Test
  void eachStateOfAChannelHasItsGauge() {
    try (QueueGauges gauges = gauges(200)) {
      Optional<Duration> due = Optional.of(Duration.ofMillis(1500));
      found(new ChannelStats("mail", 1, 2, 3, 4, 5, 6, due));

      assertThat(read("jdbcmq.jobs.ready", "mail")).contains(1.0);
      assertThat(read("jdbcmq.jobs.delayed", "mail")).contains(2.0);
      assertThat(read("jdbcmq.jobs.reserved", "mail")).contains(3.0);
      assertThat(read("jdbcmq.jobs.parked", "mail")).contains(4.0);
      assertThat(read("jdbcmq.jobs.running", "mail")).contains(5.0);
      assertThat(read("jdbcmq.jobs.dead", "mail")).contains(6.0);
      assertThat(read("jdbcmq.jobs.oldest.due", "mail")).contains(1.5);
      assertThat(collected.sum("jdbcmq.rows.dead")).contains(7.0);
      assertThat(collected.sum("jdbcmq.stats.exact")).contains(1.0);
      assertThat(collected.sum("jdbcmq.snapshot.age")).contains(120.0);
      assertThat(gauges).isNotNull();
    }
  }

  @Test
  void thereIsNothingToCollectWhileTheDatabaseIsAwayOrAfterTheEnd() {
    try (QueueGauges gauges = gauges(200)) {
      assertThat(collected.metric("jdbcmq.rows.dead")).isEmpty();
      found(ready("mail", 1));
      assertThat(read("jdbcmq.jobs.ready", "mail")).contains(1.0);
      stats = Optional.empty();
      assertThat(collected.metric("jdbcmq.jobs.ready")).isEmpty();
      found(ready("mail", 2));
      assertThat(read("jdbcmq.jobs.ready", "mail")).contains(2.0);
      assertThat(gauges).isNotNull();
    }
    assertThat(collected.metric("jdbcmq.jobs.ready")).isEmpty();
  }

  @Test
  void aChannelThatDisappearsGoesToZeroAndIsLeftOutLater() {
    try (QueueGauges gauges = gauges(1)) {
      found(ready("a", 1), ready("b", 2), ready("c", 4));
      assertThat(read("jdbcmq.jobs.ready", "a")).contains(1.0);
      assertThat(read("jdbcmq.jobs.ready", "other")).contains(6.0);
      for (int i = 0; i < 40; i++) {
        found();
        assertThat(read("jdbcmq.jobs.ready", "a")).contains(0.0);
        assertThat(read("jdbcmq.jobs.ready", "a")).contains(0.0); // the same reading
      }
      found();
      assertThat(collected.metric("jdbcmq.jobs.ready")).isEmpty();
      found(ready("b", 2));
      assertThat(read("jdbcmq.jobs.ready", "b")).contains(2.0);
      assertThat(gauges).isNotNull();
    }
  }

  @Test
  void theOldestJobOfSeveralChannelsIsTheOldestOfAll() {
    try (QueueGauges gauges = gauges(0)) {
      Optional<Duration> old = Optional.of(Duration.ofSeconds(9));
      found(ready("a", 1), new ChannelStats("b", 1, 0, 0, 0, 0, 0, old), ready("c", 1));

      assertThat(read("jdbcmq.jobs.oldest.due", "other")).contains(9.0);
      assertThat(gauges).isNotNull();
    }
  }

  private QueueGauges gauges(int maxChannels) {
    return new QueueGauges(collected.openTelemetry(), () -> stats, Attributes.empty(), maxChannels);
  }

  private static ChannelStats ready(String channelName, long ready) {
    return new ChannelStats(channelName, ready, 0, 0, 0, 0, 0, Optional.empty());
  }

  private void found(ChannelStats... channels) {
    SnapshotHolder holder =
        new SnapshotHolder("transaction", "1", Optional.of(Duration.ofMinutes(2)));
    stats = Optional.of(new QueueStats(Arrays.asList(channels), true, 7, Optional.of(holder)));
  }

  private Optional<Double> read(String name, String channel) {
    return collected.sum(name, "messaging.destination.name", channel);
  }
}
