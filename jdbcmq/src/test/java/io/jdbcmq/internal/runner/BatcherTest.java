package io.jdbcmq.internal.runner;

import static io.jdbcmq.internal.runner.SampleRuns.RUNNER;
import static io.jdbcmq.internal.runner.SampleRuns.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jdbcmq.internal.events.Events;
import io.jdbcmq.internal.runner.Settlements.Kind;
import io.jdbcmq.internal.sql.RunKey;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BatcherTest {
  private static final String CANCELED = "57014";
  private static final String TOO_LONG = "22001";
  private static final String NO_CONNECTION = "08006";

  private final Answers answers = new Answers();
  private final List<Run> settled = new ArrayList<>();
  private final Batcher batcher =
      new Batcher(
          answers, settled::add, new RunEvents(new Events(List.of()), (attempt, error) -> {}));

  @Test
  void outcomesOfAKindAreSettledInOneStatementAndTheirClaimGoesWithThem() throws SQLException {
    Claim claim = new Claim(7, RUNNER, 3);
    List<Run> runs = LongStream.rangeClosed(1, 3).mapToObj(i -> run(i, claim)).toList();
    batcher.take(new Outcome.Completed(runs.get(0)));
    batcher.take(new Outcome.Completed(runs.get(1)));
    batcher.take(new Outcome.Snoozed(runs.get(2), Duration.ofMinutes(1)));

    batcher.settle();

    assertThat(answers.asked).containsExactly("COMPLETED 2 []", "SNOOZED 1 [7]");
    assertThat(settled).containsExactlyElementsOf(runs);
    assertThat(batcher.isEmpty()).isTrue();
    batcher.forgetClaims();
    assertThat(answers.asked).as("the claim has gone with its last run").hasSize(2);
  }

  @Test
  void aStatementThatIsCutShortIsRepeatedWithHalfOfItsOutcomes() throws SQLException {
    complete(8);
    answers.mostAtOnce = 4;

    batcher.settle();

    assertThat(answers.sizes()).containsExactly(8, 4, 4);
    assertThat(settled).hasSize(8);
  }

  @Test
  void anOutcomeThatCannotBeStoredIsGivenUpAndDoesNotHoldUpTheOthers() throws SQLException {
    List<Run> runs = complete(3);
    answers.unstorable.add(runs.get(1).id());

    batcher.settle();

    assertThat(answers.sizes()).containsExactly(3, 1, 1, 1);
    assertThat(settled).containsExactlyElementsOf(runs);
    assertThat(batcher.isEmpty()).isTrue();
  }

  @Test
  void whatFailsForAPassingReasonIsKeptForTheNextTime() throws SQLException {
    List<Run> runs = complete(2);
    answers.outage = NO_CONNECTION;
    assertThatThrownBy(batcher::settle).isInstanceOf(SQLException.class);
    assertThat(settled).isEmpty();
    assertThat(batcher.isEmpty()).isFalse();

    answers.outage = null;
    batcher.settle();

    assertThat(settled).containsExactlyElementsOf(runs);
  }

  @Test
  void aRunThatWasRefusedIsSettledAgainOnlyIfItIsOpen() throws SQLException {
    List<Run> runs = complete(3);
    Run gone = runs.get(0);
    Run open = runs.get(1);
    Run locked = runs.get(2);
    runs.forEach(run -> answers.refused.add(run.id()));
    answers.open.putAll(Map.of(open.id(), false, locked.id(), true));

    batcher.settle();

    assertThat(settled).containsExactly(gone);
    answers.refused.clear();
    batcher.settle();
    assertThat(settled).containsExactly(gone, open);
    assertThat(batcher.isEmpty()).isTrue();
    assertThat(batcher.untilDue(System.nanoTime(), Duration.ofDays(1)))
        .isLessThan(Duration.ofSeconds(1));
  }

  @Test
  void nothingIsSaidOfARunThatHasLostItsLease() throws SQLException {
    List<Run> runs = complete(2);
    runs.get(0).leash().fence();

    batcher.settle();

    assertThat(answers.sizes()).containsExactly(1);
    assertThat(settled).containsExactlyElementsOf(runs);
  }

  /** An answer names jobs, so it can tell of one run of each. */
  @Test
  void twoRunsOfOneJobShareNoStatement() throws SQLException {
    Run stale = run(new RunKey(new UUID(0, 1), 1), "job");
    Run current = run(new RunKey(new UUID(0, 1), 4), "job");
    answers.stale.add(stale.key());
    batcher.take(new Outcome.Completed(stale));
    batcher.take(new Outcome.Completed(current));

    batcher.settle();

    assertThat(answers.sizes()).containsExactly(1, 1);
    assertThat(settled).containsExactly(current, stale);
  }

  @Test
  void whetherAJobIsOpenIsAskedForEachOfItsRuns() throws SQLException {
    Run stale = run(new RunKey(new UUID(0, 1), 1), "job");
    Run current = run(new RunKey(new UUID(0, 1), 4), "job");
    answers.stale.add(stale.key());
    answers.open.put(current.id(), false);
    batcher.take(new Outcome.InDoubt(stale, new Outcome.Completed(stale)));
    batcher.take(new Outcome.InDoubt(current, new Outcome.Completed(current)));

    batcher.settle();

    assertThat(settled).containsExactly(stale);
    batcher.settle();
    assertThat(settled).containsExactly(stale, current);
  }

  private List<Run> complete(int count) {
    List<Run> runs = IntStream.rangeClosed(1, count).mapToObj(i -> run(i)).toList();
    runs.forEach(run -> batcher.take(new Outcome.Completed(run)));
    return runs;
  }

  /** What a database says. */
  private static final class Answers implements Batcher.Store {
    private final List<String> asked = new ArrayList<>();
    private final Set<UUID> unstorable = new HashSet<>();
    private final Set<UUID> refused = new HashSet<>();
    private final Set<RunKey> stale = new HashSet<>();
    private final Map<UUID, Boolean> open = new HashMap<>();
    private int mostAtOnce = Integer.MAX_VALUE;
    private @Nullable String outage;

    @Override
    public Predicate<UUID> settle(Kind kind, List<Outcome> outcomes, Set<Long> claims)
        throws SQLException {
      asked.add("%s %d %s".formatted(kind, outcomes.size(), claims));
      if (outage != null) {
        throw new SQLException("no connection", outage);
      }
      if (outcomes.size() > mostAtOnce) {
        throw new SQLException("statement timeout", CANCELED);
      }
      if (outcomes.stream().anyMatch(outcome -> unstorable.contains(outcome.run().id()))) {
        throw new SQLException("too long", TOO_LONG);
      }
      Set<UUID> found =
          current(outcomes).map(Run::id).collect(Collectors.toCollection(HashSet::new));
      found.removeAll(refused);
      return found::contains;
    }

    @Override
    public Map<UUID, Boolean> resolve(List<? extends Outcome> outcomes) {
      return current(outcomes)
          .map(Run::id)
          .filter(open::containsKey)
          .collect(Collectors.toMap(id -> id, id -> Boolean.TRUE.equals(open.get(id))));
    }

    private Stream<Run> current(List<? extends Outcome> outcomes) {
      return outcomes.stream().map(Outcome::run).filter(run -> !stale.contains(run.key()));
    }

    @Override
    public void forget(Set<Long> claims) {
      asked.add("forget " + claims);
    }

    List<Integer> sizes() {
      return asked.stream().map(line -> Integer.valueOf(line.split(" ", -1)[1])).toList();
    }
  }
}
