package io.jdbcmq.internal.runner;

import io.jdbcmq.internal.sql.ClaimedJob;
import io.jdbcmq.internal.sql.RunKey;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts what the fetcher brings, each run in a thread. For the thread of the fetcher. */
final class Dispatcher implements Fetcher.Sink {
  private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

  private final RunContext context;
  private final Runs runs;
  private final Executor threads;
  private final HandlerInvoker invoker;
  private final Consumer<Outcome> outcomes;
  private final Settlements settlements;
  private final Supplier<Optional<UUID>> lease;
  private volatile boolean stopping;

  /**
   * A dispatcher.
   *
   * @param outcomes takes what becomes of the runs
   * @param lease the id under which the runner holds a lease now
   */
  Dispatcher(
      RunContext context,
      Runs runs,
      Executor threads,
      HandlerInvoker invoker,
      Consumer<Outcome> outcomes,
      Settlements settlements,
      Supplier<Optional<UUID>> lease) {
    this.context = context;
    this.runs = runs;
    this.threads = threads;
    this.invoker = invoker;
    this.outcomes = outcomes;
    this.settlements = settlements;
    this.lease = lease;
  }

  /** From now on, what arrives goes back instead of being started. For any thread. */
  void stop() {
    stopping = true;
  }

  @Override
  public void start(UUID runnerId, long claimId, List<ClaimedJob> jobs) {
    Claim claim = new Claim(claimId, runnerId, jobs.size());
    for (ClaimedJob job : jobs) {
      start(new Run(job, claim, context));
    }
    runs.claimed(claimId); // not one that arrived in part, for lack of memory
    if (!lease.get().equals(Optional.of(runnerId))) {
      runs.leaseLost(runnerId); // since the claim was asked for: these runs have not been told
    }
  }

  private void start(Run run) {
    runs.started(run);
    if (stopping) {
      handBack(run);
      return;
    }
    try {
      threads.execute(() -> runHandler(run));
    } catch (Throwable e) { // no thread to be had
      LOG.warn("{} could not be started: {}", run, e.toString());
      handBack(run);
    }
  }

  private void runHandler(Run run) {
    Outcome outcome;
    try {
      outcome = invoker.run(run);
    } catch (Throwable e) { // no memory to describe an error, for example
      outcome = run.failedForUnknownReason();
    }
    ended(outcome);
  }

  private void handBack(Run run) {
    ended(new Outcome.HandedBack(run, false));
  }

  private void ended(Outcome outcome) {
    if (runs.ended(outcome.run())) {
      outcomes.accept(outcome);
    }
  }

  @Override
  public boolean knows(long claimId) {
    return runs.knows(claimId);
  }

  /**
   * {@inheritDoc}
   *
   * <p>Runs of a claim that had arrived were settled here, and are current there: a failover has
   * undone that. They have started, or may have, so that they have used an attempt.
   */
  @Override
  public void reconcile(UUID runnerId, long claimId, List<RunKey> current) throws SQLException {
    if (runs.hadClaim(claimId)) {
      settlements.failUndone(runnerId, claimId, current);
    } else {
      handBack(runnerId, claimId, current);
    }
  }

  private void handBack(UUID runnerId, long claimId, List<RunKey> lost) throws SQLException {
    Set<UUID> jobs = settlements.handBack(claimId, lost);
    if (!jobs.isEmpty()) {
      LOG.warn(
          "runner {} handed back {} jobs of claim {}, whose answer had been lost",
          runnerId,
          jobs.size(),
          claimId);
    }
  }
}
