package io.jdbcmq.internal.runner;

import io.jdbcmq.internal.events.Events;
import io.jdbcmq.internal.notify.WorkSignal;
import io.jdbcmq.internal.runner.Settlements.Kind;
import io.jdbcmq.internal.sql.ClaimedJob;
import io.jdbcmq.internal.sql.Database;
import io.jdbcmq.internal.sql.RunCalls;
import io.jdbcmq.internal.sql.RunKey;
import io.jdbcmq.internal.sql.Schema;
import io.jdbcmq.internal.sql.SettleCalls;
import io.jdbcmq.internal.sql.UuidV7;
import io.jdbcmq.jackson3.Jackson3Codec;
import io.jdbcmq.job.Channel;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * The pieces of Java that each job goes through in a runner, by JMH, per job: from the claim to the
 * outcome, and from the outcome to its settlement. A hundred jobs at a time, all in one thread and
 * without a database, which would have read the jobs before and takes all outcomes.
 *
 * <p>In the package of what is measured, which is nobody else's business.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class RunnerPieces {
  static final int JOBS = 100;

  private static final String JOB = "ship-order";
  private static final UUID RUNNER = UuidV7.next();

  private long claims;
  private long ran;
  private long settled;

  private final Database noDatabase = Database.of(new PGSimpleDataSource()); // never opened
  private final Schema schema = new Schema("jdbcmq");
  private final RunEvents events =
      new RunEvents(new Events(List.of()), (attempt, error) -> {}); // nobody listens
  private final RunContext context =
      new RunContext(new RunCalls(schema), noDatabase, new Jackson3Codec(), Optional.empty());
  private final List<ClaimedJob> jobs = Stream.generate(RunnerPieces::job).limit(JOBS).toList();

  private final Runs runs = new Runs(new Slots(JOBS, 2 * JOBS, new WorkSignal()));
  private final Dispatcher dispatcher =
      new Dispatcher(
          context,
          runs,
          Runnable::run,
          new HandlerInvoker(
              new Handlers(
                  Map.of(JOB, new Handler.Plain(job -> ran++)),
                  (attempt, error) -> {},
                  List.of(),
                  Optional.empty()),
              noDatabase,
              new Watchdog(Duration.ofSeconds(1), runs, this::ended),
              events),
          this::ended,
          new Settlements(noDatabase, new SettleCalls(schema), events),
          () -> Optional.of(RUNNER));

  private final Batcher batcher = new Batcher(new TakesAll(), run -> settled++, events);
  private final Claim endless = new Claim(1, RUNNER, Integer.MAX_VALUE);
  private final List<Outcome> outcomes =
      jobs.stream()
          .<Outcome>map(job -> new Outcome.Completed(new Run(job, endless, context)))
          .toList();

  /**
   * From the claim to the outcome: slots, run, handler that does nothing, events that nobody hears.
   * Without the change of threads.
   *
   * @return how many handlers have run so far
   */
  @Benchmark
  @OperationsPerInvocation(JOBS)
  public long dispatch() {
    dispatcher.start(RUNNER, ++claims, jobs);
    return ran;
  }

  /**
   * From the outcome to its settlement, a hundred in one statement, without the statement.
   *
   * @return how many are settled so far
   */
  @Benchmark
  @OperationsPerInvocation(JOBS)
  public long settle() throws SQLException {
    for (Outcome outcome : outcomes) {
      batcher.take(outcome);
    }
    batcher.settle();
    return settled;
  }

  /** What the completer does with an outcome, and at once what it does once that is settled. */
  private void ended(Outcome outcome) {
    events.ended(outcome);
    runs.settled(outcome.run());
  }

  /** How many runs are neither over nor settled. */
  long unsettled() {
    return runs.unsettled().size();
  }

  private static ClaimedJob job() {
    return new ClaimedJob(
        new RunKey(UuidV7.next(), 1),
        JOB,
        Channel.of("orders"),
        1,
        3,
        false,
        Optional.empty(),
        Instant.EPOCH,
        Map.of(),
        Optional.of("{}"),
        Optional.empty());
  }

  /** Has settled what it is given. */
  private static final class TakesAll implements Batcher.Store {
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
