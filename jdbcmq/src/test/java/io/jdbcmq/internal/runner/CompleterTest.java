package io.jdbcmq.internal.runner;

import static io.jdbcmq.internal.runner.SampleRuns.run;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.internal.events.Events;
import io.jdbcmq.internal.runner.Settlements.Kind;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class CompleterTest {
  private final List<Run> settled = new CopyOnWriteArrayList<>();
  private final AtomicInteger errors = new AtomicInteger(1);
  private final RunEvents events = new RunEvents(new Events(List.of()), (attempt, error) -> {});
  private final Completer completer =
      new Completer(new Batcher(new Willing(), this::settled, events), events);

  /** Memory that runs out while outcomes are on their way from one list to another. */
  @Test
  void anErrorLosesNoOutcome() {
    List<Run> runs = List.of(run(1), run(2), run(3));
    completer.add(new Outcome.Done(runs.get(0))); // at which the error is thrown
    completer.add(new Outcome.Completed(runs.get(1)));
    completer.add(new Outcome.Completed(runs.get(2)));

    completer.start();

    try {
      await().atMost(30, SECONDS).until(() -> settled.size() == runs.size());
    } finally {
      completer.close();
    }
    assertThat(settled).containsExactlyElementsOf(runs);
    assertThat(errors).hasNegativeValue();
  }

  private void settled(Run run) {
    if (errors.getAndDecrement() > 0) {
      throw new OutOfMemoryError("on purpose");
    }
    settled.add(run);
  }

  /** Takes everything. */
  private static final class Willing implements Batcher.Store {
    @Override
    public Predicate<UUID> settle(Kind kind, List<Outcome> outcomes, Set<Long> claims) {
      return id -> true;
    }

    @Override
    public Map<UUID, Boolean> resolve(List<? extends Outcome> outcomes) {
      return Map.of();
    }

    @Override
    public void forget(Set<Long> claims) {}
  }
}
