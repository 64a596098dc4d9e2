package io.jdbcmq.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.job.ChannelStats;
import io.jdbcmq.job.QueueStats;
import io.jdbcmq.job.QueueStats.SnapshotHolder;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class QueueGaugesTest {
  private static final Optional<SnapshotHolder> NOBODY = Optional.empty();

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private Optional<QueueStats> stats = Optional.empty();

  @Test
  void eachStateOfAChannelHasItsGauge() {
    bind(200);
    Optional<Duration> due = Optional.of(Duration.ofMillis(1500));
    found(new ChannelStats("mail", 1, 2, 3, 4, 5, 6, due));

    assertThat(read("jdbcmq.jobs.ready", "mail")).isEqualTo(1);
    assertThat(read("jdbcmq.jobs.delayed", "mail")).isEqualTo(2);
    assertThat(read("jdbcmq.jobs.reserved", "mail")).isEqualTo(3);
    assertThat(read("jdbcmq.jobs.parked", "mail")).isEqualTo(4);
    assertThat(read("jdbcmq.jobs.running", "mail")).isEqualTo(5);
    assertThat(read("jdbcmq.jobs.dead", "mail")).isEqualTo(6);
    assertThat(read("jdbcmq.jobs.oldest.due", "mail")).isEqualTo(1.5);
  }

  @Test
  void aQueueWithoutJobsHasGaugesForItsHealth() {
    bind(200);
    Optional<Duration> held = Optional.of(Duration.ofMinutes(2));
    stats =
        Optional.of(
            new QueueStats(
                List.of(), false, 7, Optional.of(new SnapshotHolder("transaction", "1", held))));

    assertThat(read("jdbcmq.rows.dead")).isEqualTo(7);
    assertThat(read("jdbcmq.stats.exact")).isZero();
    assertThat(read("jdbcmq.snapshot.age")).isEqualTo(120);
  }

  @Test
  void gaugesAreNotANumberWhileTheDatabaseIsAway() {
    bind(200);
    found(ready("mail", 1));
    stats = Optional.empty();

    assertThat(read("jdbcmq.jobs.ready", "mail")).isNaN();
    assertThat(read("jdbcmq.jobs.oldest.due", "mail")).isNaN();
    assertThat(read("jdbcmq.rows.dead")).isNaN();
    assertThat(read("jdbcmq.snapshot.age")).isNaN();
    found(ready("mail", 2));
    assertThat(read("jdbcmq.jobs.ready", "mail")).isEqualTo(2);
  }

  @Test
  void aChannelThatDisappearsGoesToZeroAndIsForgottenLater() {
    bind(200);
    found(ready("mail", 1));
    found();
    assertThat(read("jdbcmq.jobs.ready", "mail")).isZero();
    found(ready("mail", 1));
    for (int i = 0; i < 40; i++) {
      found();
      assertThat(read("jdbcmq.jobs.ready", "mail")).isZero();
    }
    found();
    assertThat(registry.find("jdbcmq.jobs.ready").gauges()).isEmpty();
    assertThat(registry.getMeters()).hasSize(3);

    found(ready("mail", 3));
    assertThat(read("jdbcmq.jobs.ready", "mail")).isEqualTo(3);
  }

  @Test
  void channelsBeyondTheBoundAreAddedUp() {
    bind(2);
    found(ready("a", 1), ready("b", 2), ready("c", 4), ready("d", 8));

    assertThat(read("jdbcmq.jobs.ready", "a")).isEqualTo(1);
    assertThat(read("jdbcmq.jobs.ready", "b")).isEqualTo(2);
    assertThat(read("jdbcmq.jobs.ready", "other")).isEqualTo(12);
    found(ready("a", 1), ready("b", 2), ready("d", 8));
    assertThat(read("jdbcmq.jobs.ready", "other")).isEqualTo(8);
    assertThat(registry.find("jdbcmq.jobs.ready").gauges()).hasSize(3);
  }

  @Test
  void aChannelTakesTheRoomOfOneThatIsForgotten() {
    bind(1);
    found(ready("a", 1), ready("b", 2));
    assertThat(read("jdbcmq.jobs.ready", "other")).isEqualTo(2);
    for (int i = 0; i < 42; i++) {
      found(ready("b", 2));
    }

    assertThat(read("jdbcmq.jobs.ready", "b")).isEqualTo(2);
    assertThat(read("jdbcmq.jobs.ready", "other")).isZero();
  }

  @Test
  void theOldestJobOfSeveralChannelsIsTheOldestOfAll() {
    bind(0);
    Optional<Duration> old = Optional.of(Duration.ofSeconds(9));
    found(ready("a", 1), new ChannelStats("b", 1, 0, 0, 0, 0, 0, old), ready("c", 1));

    assertThat(read("jdbcmq.jobs.oldest.due", "other")).isEqualTo(9);
  }

  private static ChannelStats ready(String channelName, long ready) {
    return new ChannelStats(channelName, ready, 0, 0, 0, 0, 0, Optional.empty());
  }

  private void bind(int maxChannels) {
    new QueueGauges(() -> stats, Tags.empty(), maxChannels).bindTo(registry);
  }

  /** New numbers, noticed when any gauge is read. */
  private void found(ChannelStats... channels) {
    stats = Optional.of(new QueueStats(Arrays.asList(channels), true, 0, NOBODY));
    assertThat(read("jdbcmq.rows.dead")).isZero();
  }

  private double read(String name) {
    return registry.get(name).gauge().value();
  }

  private double read(String name, String channel) {
    return registry.get(name).tag("messaging.destination.name", channel).gauge().value();
  }
}
