package io.jdbcmq.internal.runner;

import io.jdbcmq.internal.notify.Worker;
import io.jdbcmq.internal.sql.SqlErrors;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the outcomes of runs, and settles them in a thread of its own.
 *
 * <p>An outcome that arrives while nothing is going on leaves at once. While outcomes keep coming,
 * they are gathered for a millisecond. What fails for a passing reason is repeated until it
 * succeeds or the lease is lost; that is safe, because a run that is settled already is refused.
 */
final class Completer {
  private static final Logger LOG = LoggerFactory.getLogger(Completer.class);
  private static final Duration GATHER = Duration.ofMillis(1);
  private static final Duration IDLE = Duration.ofSeconds(1);

  private final Batcher batcher; // for the worker's thread
  private final Queue<Outcome> drained = new ArrayDeque<>(Batcher.MAX_BATCH); // for it, too
  private final RunEvents events;
  private final BlockingQueue<Outcome> arriving = new LinkedBlockingQueue<>();
  private final Worker worker = new Worker("completer", Duration.ofSeconds(2), this::step);
  private long lastStepNanos = System.nanoTime();

  /** A completer, not yet started. */
  Completer(Batcher batcher, RunEvents events) {
    this.batcher = batcher;
    this.events = events;
  }

  void start() {
    worker.start();
  }

  /**
   * Takes an outcome and tells listeners of it. Bounded by the runner, which fetches nothing while
   * too many wait. For any thread.
   */
  void add(Outcome outcome) {
    try {
      events.ended(outcome);
    } finally { // also without memory for an event
      arriving.add(outcome);
    }
  }

  /** Stops; what is not settled by then is left to the lease. */
  void close() {
    worker.close();
    if (worker.join(Duration.ofSeconds(5))) {
      try {
        batcher.forgetClaims();
      } catch (SQLException | RuntimeException e) {
        LOG.debug("claims were not forgotten: {}", SqlErrors.describe(e));
      }
    }
  }

  private void step() throws SQLException, InterruptedException {
    if (batcher.isEmpty()) {
      gather();
    }
    batcher.settle();
    if (arriving.isEmpty()) {
      batcher.forgetClaims();
    }
    lastStepNanos = System.nanoTime();
  }

  private void gather() throws InterruptedException {
    if (drained.isEmpty()) {
      drain();
    }
    // One by one: an error, for want of memory, leaves the others for the next step.
    for (Outcome next = drained.peek(); next != null; next = drained.peek()) {
      batcher.take(next);
      drained.remove();
    }
    batcher.takeDue(System.nanoTime());
  }

  private void drain() throws InterruptedException {
    Duration patience = batcher.untilDue(System.nanoTime(), IDLE);
    Outcome first = arriving.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
    if (first != null) {
      drained.add(first);
      long gathered = System.nanoTime() - lastStepNanos;
      worker.pause(Duration.ofNanos(Math.max(0, GATHER.toNanos() - gathered)));
      arriving.drainTo(drained, Batcher.MAX_BATCH - 1);
    }
  }
}
