package io.jdbcmq.internal.runner;

import io.jdbcmq.internal.events.Events;
import io.jdbcmq.internal.notify.WorkSignal;
import io.jdbcmq.internal.notify.Worker;
import io.jdbcmq.internal.sql.ClaimAnswer;
import io.jdbcmq.internal.sql.ClaimCalls;
import io.jdbcmq.internal.sql.ClaimedJob;
import io.jdbcmq.internal.sql.Database;
import io.jdbcmq.internal.sql.RunKey;
import io.jdbcmq.spi.JobEvent;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Fetches work for free slots: never more than can start at once.
 *
 * <p>If the answer to a claim is lost on its way, the jobs in it would wait until this runner ends.
 * So from time to time, and after each failed call, the runner compares the claims that the
 * database holds for it with those that it knows, and hands the others back.
 */
final class Fetcher {
  private static final Duration SATURATED = Duration.ofSeconds(1);
  private static final Duration RECONCILE_EVERY = Duration.ofSeconds(10);

  /** Where fetched jobs go. */
  interface Sink {
    /** Jobs to start at once, in this order. */
    void start(UUID runnerId, long claimId, List<ClaimedJob> jobs);

    /** Whether a claim is known here. */
    boolean knows(long claimId);

    /** Runs of a claim that is not known: its answer never arrived, or its end was undone. */
    void reconcile(UUID runnerId, long claimId, List<RunKey> runs) throws SQLException;
  }

  private final Database database;
  private final ClaimCalls calls;
  private final Supplier<Optional<UUID>> lease;
  private final Slots slots;
  private final WorkSignal signal;
  private final Sink sink;
  private final Events events;
  private final PollPace pace;
  private final Worker worker;

  private final List<String> channels;
  private String lastGroup = "";
  private int mostWanted = ClaimCalls.MAX_WANT;
  private long reconcileAtNanos = System.nanoTime() + RECONCILE_EVERY.toNanos();

  Fetcher(
      RunnerSettings settings,
      Database database,
      ClaimCalls calls,
      Supplier<Optional<UUID>> lease,
      Slots slots,
      WorkSignal signal,
      Sink sink,
      Events events) {
    this.database = database;
    this.calls = calls;
    this.lease = lease;
    this.slots = slots;
    this.signal = signal;
    this.sink = sink;
    this.events = events;
    this.pace = new PollPace(settings.pollInterval(), settings.pollOnly());
    this.channels = new ArrayList<>(settings.channels());
    this.worker = new Worker("fetcher", Duration.ofSeconds(2), this::step);
  }

  void start() {
    worker.start();
  }

  /** Stops fetching; an answer that is under way is still taken. */
  boolean close(Duration atMost) {
    worker.stop();
    signal.signal();
    return worker.join(atMost);
  }

  private void step() throws SQLException, InterruptedException {
    Optional<UUID> runnerId = lease.get();
    if (runnerId.isEmpty()) {
      worker.pause(Duration.ofMillis(50)); // until the heartbeat has a lease again
      return;
    }
    if (System.nanoTime() - reconcileAtNanos >= 0) {
      reconcile(runnerId.get());
    }
    int want = Math.min(slots.want(), mostWanted);
    Duration wait = want == 0 ? SATURATED : poll(runnerId.get(), want);
    if (!wait.isZero() && signal.await(wait)) {
      pace.woken();
    }
  }

  private Duration poll(UUID runnerId, int want) throws SQLException {
    long begunNanos = System.nanoTime();
    ClaimAnswer answer;
    try {
      answer =
          database.inOwnTransaction(
              connection ->
                  calls.claim(connection, runnerId, channels, lastGroup, want, pace.hungryFor()));
    } catch (Throwable e) {
      // An answer that was lost is handed back. It may have been too large for the memory: ask for
      // less, and for more again when that works.
      reconcileAtNanos = System.nanoTime();
      mostWanted = Math.max(1, want / 2);
      if (e instanceof Exception failed) {
        events.publish(() -> new JobEvent.CallFailed("claim", failed, since(begunNanos)));
      }
      throw e;
    }
    mostWanted = Math.min(ClaimCalls.MAX_WANT, 2 * mostWanted);
    events.publish(
        () -> new JobEvent.Polled(runnerId, want, answer.jobs().size(), since(begunNanos)));
    lastGroup = answer.lastGroup();
    Collections.rotate(channels, -1); // each group is the first to be served in its turn
    if (answer.claimId().isPresent()) {
      sink.start(runnerId, answer.claimId().getAsLong(), answer.jobs());
    }
    if (answer.taken() == 0 && answer.nextDue().equals(Optional.of(Duration.ZERO))) {
      return Duration.ZERO; // the pace is for work that comes; this is there
    }
    Duration wait = pace.afterPoll(want, answer.taken());
    return answer.nextDue().filter(due -> due.compareTo(wait) < 0).orElse(wait);
  }

  private static Duration since(long begunNanos) {
    return Duration.ofNanos(System.nanoTime() - begunNanos);
  }

  private void reconcile(UUID runnerId) throws SQLException {
    Map<Long, List<RunKey>> claims =
        database.inOwnTransaction(connection -> calls.claims(connection, runnerId));
    for (Map.Entry<Long, List<RunKey>> claim : claims.entrySet()) {
      // In this order: a runner that loses its lease forgets its runs afterwards. Those have
      // started, and are left to the rescue, which counts the attempt.
      if (!sink.knows(claim.getKey()) && lease.get().equals(Optional.of(runnerId))) {
        sink.reconcile(runnerId, claim.getKey(), claim.getValue());
      }
    }
    reconcileAtNanos = System.nanoTime() + RECONCILE_EVERY.toNanos();
  }
}
