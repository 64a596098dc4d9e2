package io.jdbcmq.internal.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.testing.Audit;
import io.jdbcmq.testing.QueueModel.Wish;
import io.jdbcmq.testing.QueueSteps;
import io.jdbcmq.testing.QueueSteps.OnChannel;
import io.jdbcmq.testing.QueueSteps.OnJob;
import io.jdbcmq.testing.QueueSteps.Settlement;
import io.jdbcmq.testing.QueueSteps.Step;
import io.jdbcmq.testing.TestSchema;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Any sequence of calls has the outcomes that a simple model of the queue has. A failure is shrunk
 * to the calls that matter, and comes back with the seed that it reports.
 */
class StatefulIT {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private static TestSchema db;
  private static QueueSteps queue;

  @BeforeContainer
  static void prepare() throws Exception {
    db = TestSchema.open();
    queue = new QueueSteps(db);
  }

  @AfterContainer
  static void clean() throws Exception {
    db.close();
  }

  @Property(tries = 200)
  void theQueueDoesWhatTheModelDoes(@ForAll("calls") List<Step> steps) throws Exception {
    queue.start();
    for (Step step : steps) {
      step.play(queue);
      assertThat(queue.looks()).as("after %s", step).isEqualTo(queue.expected());
    }
    queue.drain();

    assertThat(Audit.findings(db.direct(), db.name())).isEmpty();
  }

  @Provide
  Arbitrary<List<Step>> calls() {
    return Arbitraries.frequencyOf(
            Tuple.of(6, wishes().map(QueueSteps::send)),
            Tuple.of(6, claims()),
            Tuple.of(6, settlements()),
            Tuple.of(4, management()),
            Tuple.of(2, times()))
        .list()
        .ofMinSize(1)
        .ofMaxSize(60)
        .withSizeDistribution(RandomDistribution.uniform());
  }

  private static Arbitrary<Wish> wishes() {
    return Combinators.combine(
            Arbitraries.integers().between(1, 3).map(n -> new UUID(0, n)).optional(0.3),
            Arbitraries.of("a", "a", "b"),
            Arbitraries.of(true, true, true, false),
            Arbitraries.of(true, false),
            Arbitraries.of("x").optional(0.1),
            Arbitraries.integers().between(0, 2),
            rarely(),
            rarely())
        .as(
            (id, channel, isOrdered, blocks, key, retries, delay, reserve) ->
                new Wish(
                    id, channel, isOrdered, isOrdered && blocks, key, retries, delay, reserve));
  }

  private static Arbitrary<Duration> rarely() {
    return Arbitraries.frequency(Tuple.of(7, Duration.ZERO), Tuple.of(1, MINUTE));
  }

  private static Arbitrary<Step> claims() {
    return Combinators.combine(
            Arbitraries.integers().between(0, 1),
            Arbitraries.of(1, 2, QueueSteps.EVERYTHING, QueueSteps.EVERYTHING),
            Arbitraries.of("a", "b").optional(0.1))
        .as(QueueSteps::claim);
  }

  /** Mostly of the latest runs. */
  private static Arbitrary<Step> settlements() {
    return Combinators.combine(
            Arbitraries.frequency(Tuple.of(5, 0), Tuple.of(3, 1), Tuple.of(1, 2), Tuple.of(1, 7)),
            Arbitraries.of(Settlement.class))
        .as(QueueSteps::settle);
  }

  private static Arbitrary<Step> management() {
    return Arbitraries.frequencyOf(
        Tuple.of(
            5,
            Combinators.combine(Arbitraries.integers().between(0, 20), Arbitraries.of(OnJob.class))
                .as(QueueSteps::manage)),
        Tuple.of(
            3,
            Combinators.combine(
                    Arbitraries.of("a", "b"),
                    Arbitraries.frequency(
                        Tuple.of(1, OnChannel.CLEAR),
                        Tuple.of(2, OnChannel.PAUSE),
                        Tuple.of(4, OnChannel.RESUME),
                        Tuple.of(4, OnChannel.UNBLOCK)))
                .as(QueueSteps::manage)),
        Tuple.of(1, Arbitraries.integers().between(0, 1).map(QueueSteps::lose)));
  }

  private static Arbitrary<Step> times() {
    return Arbitraries.oneOf(
        Arbitraries.of(Duration.ofSeconds(1), MINUTE, Duration.ofHours(1)).map(QueueSteps::advance),
        Arbitraries.of(true, true, false).map(QueueSteps::endTransaction));
  }
}
