package io.jdbcmq.internal.runner;

import io.jdbcmq.internal.notify.WorkSignal;
import io.jdbcmq.internal.notify.Worker;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices runs whose job was cancelled or cleared, and stops their handlers.
 *
 * <p>At once when a notification tells of a cancellation; within a second without it, by asking
 * every 500 ms about the runs that are older than that. So short jobs cost nothing.
 */
final class CancelWatch {
  private static final Logger LOG = LoggerFactory.getLogger(CancelWatch.class);
  private static final Duration INTERVAL = Duration.ofMillis(500);
  private static final Duration BETWEEN_CANCELS = Duration.ofMillis(10);

  private final Settlements settlements;
  private final Collection<Run> runs;
  private final WorkSignal cancelled;
  private final Worker worker = new Worker("cancel-watch", Duration.ofSeconds(2), this::step);

  /**
   * A watch, not yet started.
   *
   * @param runs those of the runner, as they come and go
   * @param cancelled tells that some job was cancelled
   */
  CancelWatch(Settlements settlements, Collection<Run> runs, WorkSignal cancelled) {
    this.settlements = settlements;
    this.runs = runs;
    this.cancelled = cancelled;
  }

  void start() {
    worker.start();
  }

  void close() {
    worker.stop();
    cancelled.signal();
    if (!worker.join(Duration.ofSeconds(5))) {
      worker.close();
    }
  }

  private void step() throws SQLException, InterruptedException {
    boolean told = cancelled.await(INTERVAL);
    if (worker.isStopping()) {
      return;
    }
    Map<UUID, Run> asked = running(told ? Duration.ZERO : INTERVAL);
    if (!asked.isEmpty()) {
      Set<UUID> lost = settlements.lost(asked.values().stream().map(Run::key).toList());
      asked.forEach(
          (id, run) -> {
            if (lost.contains(id)) {
              stop(run);
            }
          });
    }
    if (told) {
      worker.pause(BETWEEN_CANCELS); // many cancellations, one question
    }
  }

  /**
   * Runs by job. Of two runs of one job only the first: the other is asked about when that has been
   * stopped.
   */
  private Map<UUID, Run> running(Duration atLeast) {
    long nowNanos = System.nanoTime();
    Map<UUID, Run> running = new LinkedHashMap<>();
    for (Run run : runs) {
      if (run.leash().isRunning()
          && run.leash().reason().isEmpty()
          && !run.ending().isSettling()
          && run.limit().runningFor(nowNanos).compareTo(atLeast) >= 0) {
        running.putIfAbsent(run.id(), run);
      }
    }
    return running;
  }

  /**
   * The answer is older than a look at the run now: a handler may have completed the job itself.
   */
  private static void stop(Run run) {
    if (!run.ending().isSettling() && run.leash().stop(new Leash.Reason.Gone())) {
      LOG.info("{} was cancelled or cleared: its handler is interrupted", run);
    }
  }
}
