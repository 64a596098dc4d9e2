package io.jdbcmq.torture.check;

import io.jdbcmq.torture.check.Facts.Job;
import io.jdbcmq.torture.check.Facts.Run;
import io.jdbcmq.torture.check.Violation.Promise;
import io.jdbcmq.torture.history.Event;
import io.jdbcmq.torture.history.Event.Act;
import io.jdbcmq.torture.history.Event.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * Finds jobs that were taken from their runner, which was alive and could reach the database.
 *
 * <p>A machine that stands still for a moment is reason enough to lose a lease, and nobody is to
 * blame. So a run is only looked at if it was refused something, or was still at it when the next
 * one started, and if until then, and since some time before its start, its process and the server
 * have shown that they were at work, several times in each lease.
 */
public final class KeptAlive {
  /** Of all runners. */
  public static final Duration LEASE = Duration.ofSeconds(2);

  /**
   * Who notes at least this often that he is at work, and should do so twice as often, gets on fast
   * enough for a heartbeat, which has three tries in a lease.
   */
  private static final long LONGEST_SILENCE = LEASE.toNanos() / 5;

  /** Before the start of a run: its lease was renewed or taken in this time. */
  private static final long BEFORE = LEASE.toNanos() * 3 / 2;

  /** After a fault: what it has done to leases shows by then. */
  private static final long AFTER_FAULT = LEASE.toNanos() * 2;

  /** A runner that shuts down waits for its handlers, and for twice this time at least. */
  private static final long PATIENCE = Duration.ofSeconds(5).toNanos();

  /** A handler that takes all memory is over after this time, at the latest. */
  private static final long GREED = Duration.ofMinutes(1).toNanos();

  private static final String GREEDY = "greedy";

  /**
   * Works whose handlers note something last that they do before the runner, or the database, knows
   * that they have ended, and which do not time out.
   */
  private static final Set<String> HOLDING_ON = Set.of("own", "stubborn", "slow", "late");

  /** Of these, those whose handlers do nothing for this time first. */
  private static final Set<String> LONG = Set.of("slow", "late");

  private static final long LENGTH = LEASE.toNanos() * 3 / 2;

  /** Faults that keep no living runner from renewing its lease. */
  public static final Set<String> HARMLESS =
      Set.of("kill", "kill-producer", "retire", "small-pool", "channel-pause");

  private final Facts facts;
  private final Windows faults;
  private final NavigableSet<Long> commits = new TreeSet<>();
  private final Map<String, NavigableSet<Long>> signsOfLife = new HashMap<>();
  private final Map<String, NavigableSet<Long>> greed = new HashMap<>();

  KeptAlive(Facts facts, List<Event> events) {
    this.facts = facts;
    this.faults = Windows.of(events, fault -> !HARMLESS.contains(fault));
    for (Event event : events) {
      if (event instanceof Event.Health health) {
        signsOfLife
            .computeIfAbsent(health.process(), process -> new TreeSet<>())
            .add(health.nanos());
      } else if ((event instanceof Event.Ended ended && ended.result().isDone())
          || (event instanceof Event.Finished end && end.outcome() == Outcome.COMPLETED)) {
        commits.add(event.nanos());
      }
    }
    for (Job job : facts.jobs()) {
      if (job.sent.work().equals(GREEDY)) {
        for (Run run : job.runs) {
          greed
              .computeIfAbsent(run.started.process(), process -> new TreeSet<>())
              .add(run.started.nanos());
        }
      }
    }
  }

  /** Violations, with what was noted of the job. */
  List<Violation> violations() {
    List<Violation> found = new ArrayList<>();
    for (Job job : facts.jobs()) {
      if (HOLDING_ON.contains(job.sent.work()) && job.managed(Act.REDRIVE).findAny().isEmpty()) {
        job.runs.stream()
            .filter(run -> lossOf(run, job).stream().anyMatch(loss -> hadNoReason(run, loss)))
            .findFirst()
            .ifPresent(run -> found.add(violation(run, job)));
      }
    }
    return found;
  }

  private static Violation violation(Run run, Job job) {
    return job.violation(
        Promise.LEASE,
        "was taken from %s, which was alive and at it".formatted(run.started.process()));
  }

  /** When a run was seen to be no longer the current one of its job, although it went on. */
  private static List<Long> lossOf(Run run, Job job) {
    List<Long> times = new ArrayList<>();
    for (Run later : job.runs) {
      long taken = later.started.nanos();
      if (later.started.attempt() > run.started.attempt()
          && !later.started.process().equals(run.started.process())
          && run.started.nanos() < taken
          && wasAtIt(run, job, taken)) {
        times.add(taken);
      }
    }
    if (job.cancel.isEmpty()) {
      run.events().stream().filter(KeptAlive::isRefusal).map(Event::nanos).forEach(times::add);
    }
    return times;
  }

  /** The handler of a long one that ends before its time was interrupted. */
  private static boolean wasAtIt(Run run, Job job, long then) {
    return (LONG.contains(job.sent.work()) && then - run.started.nanos() < LENGTH)
        || run.events().stream().anyMatch(event -> event.nanos() > then);
  }

  private static boolean isRefusal(Event event) {
    return (event instanceof Event.Saved saved && saved.refused())
        || (event instanceof Event.Finished end && end.outcome() == Outcome.REFUSED);
  }

  private boolean hadNoReason(Run run, long taken) {
    String process = run.started.process();
    long started = run.started.nanos();
    return !faults.touch(started, taken, AFTER_FAULT)
        && taken - facts.stoppingNanos(run) < PATIENCE
        && neverSilent(commits, started - BEFORE, taken)
        && wasAwake(process, started - BEFORE, taken);
  }

  /** Whether a process has shown, several times in each lease, that it got on with its work. */
  boolean wasAwake(String process, long fromNanos, long toNanos) {
    return greedOf(process).subSet(toNanos - GREED, toNanos).isEmpty()
        && neverSilent(signsOfLife.getOrDefault(process, new TreeSet<>()), fromNanos, toNanos);
  }

  /** Whether a handler has ever taken all memory of a process. */
  boolean wasGreedy(String process) {
    return !greedOf(process).isEmpty();
  }

  private NavigableSet<Long> greedOf(String process) {
    return greed.getOrDefault(process, new TreeSet<>());
  }

  private static boolean neverSilent(NavigableSet<Long> times, long from, long to) {
    Long before = times.floor(from);
    Long after = times.ceiling(to);
    if (before == null || after == null) {
      return false;
    }
    long last = before;
    for (long time : times.subSet(before, false, after, true)) {
      if (time - last > LONGEST_SILENCE) {
        return false;
      }
      last = time;
    }
    return true;
  }
}
