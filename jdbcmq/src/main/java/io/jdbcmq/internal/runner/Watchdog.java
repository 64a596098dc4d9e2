package io.jdbcmq.internal.runner;

import io.jdbcmq.internal.notify.Worker;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops handlers that exceed their time limit.
 *
 * <p>A handler that is overdue is interrupted, and its attempt has failed, whatever it does after
 * that. If it does not end within a grace, the failure is reported without it, so that the job can
 * be tried again; its thread cannot be stopped and keeps its slot.
 *
 * <p>One thread for all runs, started with the first one that has a limit. A limit that is put off
 * again and again costs nothing meanwhile: it is looked at when it would have ended.
 */
final class Watchdog {
  private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);
  private static final Duration AFTER_TROUBLE = Duration.ofSeconds(1);

  private final Duration grace;
  private final Runs runs;
  private final Consumer<Outcome> outcomes;
  private final Worker worker = new Worker("watchdog", Duration.ofSeconds(1), this::step);
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition earlier = lock.newCondition();

  // Guarded by the lock.
  private final TreeSet<Alarm> alarms = new TreeSet<>();
  private final Map<Run, Alarm> watched = new HashMap<>();
  private long number;
  private boolean started;
  private boolean closed;

  /**
   * A watchdog, without a thread yet.
   *
   * @param grace how long an interrupted handler may take to end
   * @param runs told of runs whose handler does not
   * @param outcomes takes the outcomes of these
   */
  Watchdog(Duration grace, Runs runs, Consumer<Outcome> outcomes) {
    this.grace = grace;
    this.runs = runs;
    this.outcomes = outcomes;
  }

  /** Watches a run whose handler is starting, if it has a limit. */
  void watch(Run run) {
    OptionalLong endsAtNanos = run.limit().endsAtNanos();
    if (endsAtNanos.isPresent()) {
      lock.lock();
      try {
        set(run, endsAtNanos.getAsLong());
        if (!started && !closed) {
          worker.start();
          started = true;
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /** The handler has ended. */
  void forget(Run run) {
    if (run.limit().endsAtNanos().isPresent()) {
      lock.lock();
      try {
        Alarm alarm = watched.remove(run);
        if (alarm != null) {
          alarms.remove(alarm);
        }
      } finally {
        lock.unlock();
      }
    }
  }

  void close() {
    lock.lock();
    try {
      closed = true;
    } finally {
      lock.unlock();
    }
    worker.close();
    worker.join(Duration.ofSeconds(5));
  }

  private void set(Run run, long atNanos) {
    Alarm alarm = new Alarm(atNanos, number++, run);
    watched.put(run, alarm);
    alarms.add(alarm);
    if (alarms.first().number == alarm.number) {
      earlier.signal();
    }
  }

  private void step() throws InterruptedException {
    Run run = await();
    OptionalLong again = OptionalLong.of(System.nanoTime() + AFTER_TROUBLE.toNanos());
    try {
      again = look(run, System.nanoTime());
    } finally {
      lookAgain(run, again);
    }
  }

  private void lookAgain(Run run, OptionalLong atNanos) {
    lock.lock();
    try {
      if (atNanos.isEmpty()) {
        watched.remove(run);
      } else if (watched.containsKey(run)) { // else it has ended meanwhile
        set(run, atNanos.getAsLong());
      }
    } finally {
      lock.unlock();
    }
  }

  /** Waits for the next alarm. */
  private Run await() throws InterruptedException {
    lock.lock();
    try {
      while (true) {
        if (alarms.isEmpty()) {
          earlier.await();
          continue;
        }
        long wait = alarms.first().atNanos - System.nanoTime();
        if (wait <= 0) {
          return alarms.pollFirst().run;
        }
        earlier.awaitNanos(wait);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Looks at a run whose time may be over, and tells when to look again. */
  private OptionalLong look(Run run, long nowNanos) {
    Leash.Reason reason = run.leash().reason().orElse(null);
    if (reason instanceof Leash.Reason.Overdue overdue) {
      abandon(run, overdue);
      return OptionalLong.empty();
    }
    if (reason != null) {
      return OptionalLong.empty(); // was told to stop for another reason
    }
    String exceeded = run.limit().exceeded(nowNanos).orElse(null);
    if (exceeded == null) {
      return run.limit().endsAtNanos(); // it has been kept alive
    }
    if (run.leash().stop(new Leash.Reason.Overdue(exceeded))) {
      LOG.warn("{} {}: its handler is interrupted", run, exceeded);
    }
    return OptionalLong.of(nowNanos + grace.toNanos());
  }

  private void abandon(Run run, Leash.Reason.Overdue overdue) {
    String whereabouts = run.leash().whereabouts();
    if (!whereabouts.isEmpty()) {
      LOG.error(
          "the handler of {} has not ended within {} after its interrupt. Its thread goes on and"
              + " keeps a slot of this runner; the attempt has failed, unless the handler has"
              + " completed the job, and the next one may start. The handler is at:{}",
          run,
          grace,
          whereabouts);
      if (runs.stuck(run)) {
        outcomes.accept(
            Outcomes.ofStuck(
                run,
                "%s, and had not ended %s after its interrupt. It was at:%s"
                    .formatted(overdue.error(), grace, whereabouts)));
      }
    }
  }

  /** When to look at a run. */
  private record Alarm(long atNanos, long number, Run run) implements Comparable<Alarm> {
    @Override
    public int compareTo(Alarm other) {
      int byTime = Long.signum(atNanos - other.atNanos);
      return byTime != 0 ? byTime : Long.compare(number, other.number);
    }
  }
}
