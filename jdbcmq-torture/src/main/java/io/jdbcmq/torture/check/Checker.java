package io.jdbcmq.torture.check;

import io.jdbcmq.torture.check.Facts.Job;
import io.jdbcmq.torture.check.Facts.Operation;
import io.jdbcmq.torture.check.Facts.Run;
import io.jdbcmq.torture.check.Leftovers.Effect;
import io.jdbcmq.torture.check.Violation.Promise;
import io.jdbcmq.torture.history.Event;
import io.jdbcmq.torture.history.Event.Act;
import io.jdbcmq.torture.history.Event.Outcome;
import io.jdbcmq.torture.history.Event.Payload;
import io.jdbcmq.torture.history.Event.Result;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Decides whether promises were kept, from what the processes noted and what the database holds in
 * the end.
 *
 * <p>It never accuses without proof: what was not answered may have happened or not, a run that was
 * noted may have been fenced long before, and only the effects in the database tell which run has
 * completed a job. What it cannot see is said where it looks.
 */
public final class Checker {
  /** The work that never succeeds. */
  public static final String HOPELESS = "hopeless";

  /** The work that ends itself at once. */
  public static final String GIVING_UP = "giving-up";

  /** The work that never succeeds either, and gives itself a further attempt once. */
  public static final String EXTENDING = "extending";

  /** The work whose first attempt takes two runs. */
  public static final String SNOOZING = "snoozing";

  /** The work that leaves its completion to the runner, and no effect behind. */
  public static final String PLAIN = "plain";

  /** How channels begin whose jobs do not run while a dead one is before them. */
  public static final String HOLDING = "holding-";

  /** The clocks of the server and of the histories may run at slightly different rates. */
  static final long CLOCK_SLACK_MS = 5;

  /** Faults by which no call fails, and nothing is late. */
  public static final Set<String> HARMLESS =
      Set.of(
          "kill",
          "kill-producer",
          "retire",
          "small-pool",
          "channel-pause",
          "snapshot",
          "row-locks",
          "deaf",
          "clocks");

  /** When the time of day has jumped, besides the clock of the histories. */
  public static final String CLOCK_STEP = "clock-step";

  /** During which somebody may see what is committed, and is undone. */
  private static final String FAILOVER = "failover";

  /** For so long after its end a fault explains what goes wrong. */
  private static final long AFTERMATH_NANOS = 5_000_000_000L;

  /** For so long after it was told to end a runner may start what it had claimed before. */
  private static final long LAST_START_NANOS = 5_000_000_000L;

  private final Facts facts;
  private final Leftovers leftovers;
  private final Windows faults;
  private final Windows failovers;
  private final Windows clockSteps;
  private final KeptAlive keptAlive;
  private final List<Violation> violations = new ArrayList<>();

  private Checker(List<Event> events, Leftovers leftovers) {
    this.facts = new Facts(events, leftovers);
    this.leftovers = leftovers;
    this.faults = Windows.of(events, fault -> !HARMLESS.contains(fault));
    this.failovers = Windows.of(events, FAILOVER);
    this.clockSteps = Windows.of(events, CLOCK_STEP);
    this.keptAlive = new KeptAlive(facts, events);
  }

  /**
   * Checks a run of the harness.
   *
   * @throws IllegalArgumentException if the events do not fit together
   */
  public static Verdict check(List<Event> events, Leftovers leftovers, List<Sample> samples) {
    Checker checker = new Checker(events, leftovers);
    List<Timeline> timeline = Timeline.of(checker.facts, events, samples);
    for (Job job : checker.facts.jobs()) {
      checker.checkSending(job);
      checker.checkReservation(job);
      checker.checkEnd(job);
      checker.checkEffects(job);
      checker.checkCancellation(job);
      checker.checkCheckpoints(job);
      checker.checkPayload(job);
      checker.checkDuplicate(job);
      checker.checkShutdown(job);
    }
    checker.checkLapses();
    leftovers
        .seen()
        .forEach(
            (promise, findings) ->
                findings.forEach(
                    finding -> checker.violations.add(new Violation(promise, finding, List.of()))));
    checker.checkUniqueKeys();
    checker.facts.spurious().forEach(checker.violations::add);
    checker.violations.addAll(AttemptCheck.check(checker.facts, leftovers, checker.clockSteps));
    checker.violations.addAll(OrderCheck.check(checker.facts));
    checker.violations.addAll(checker.keptAlive.violations());
    checker.violations.addAll(Bounds.check(events, timeline));
    return new Verdict(checker.violations, Tally.of(checker.facts, events), timeline);
  }

  /** What was rolled back, refused, or not committed yet does not run. */
  private void checkSending(Job job) {
    Result result = job.sending.result();
    List<Operation> operations =
        Stream.of(
                Stream.of(job.sending),
                job.commit.stream(),
                job.cancel.stream(),
                job.managed.stream())
            .flatMap(each -> each)
            .toList();
    if (operations.stream().anyMatch(operation -> operation.result() == Result.REFUSED)) {
      found(
          Promise.LIVENESS,
          job,
          "was refused, for a reason that does not pass; see the log of its producer");
    }
    if (operations.stream()
        .anyMatch(operation -> operation.result() == Result.ERROR && !isExplained(operation))) {
      found(Promise.LIVENESS, job, "met an error of the server, although nothing was wrong");
    }
    if (job.runs.isEmpty()) {
      return;
    }
    Event.Started first = job.runs.get(0).started;
    if (result.isInVain()) {
      found(Promise.NOTHING_SPURIOUS, job, "ran, but its send ended with " + result);
    } else if (first.nanos() < job.sending.begun().nanos()) {
      found(Promise.NOTHING_SPURIOUS, job, "ran before it was sent");
    }
    if (job.sent.reserved()) {
      Optional<Operation> commit = job.commit;
      if (commit.isEmpty() || first.nanos() < commit.get().begun().nanos()) {
        found(Promise.RESERVATION, job, "ran before it was committed");
      } else if (commit.get().result().isInVain()) {
        found(Promise.RESERVATION, job, "ran, but its commit ended with " + commit.get().result());
      }
    }
  }

  private boolean isExplained(Operation operation) {
    return faults.touch(operation.begun().nanos(), operation.endNanos(), AFTERMATH_NANOS);
  }

  private void checkLapses() {
    for (Lapse lapse : leftovers.lapses()) {
      if (!faults.touch(lapse.nanos(), lapse.nanos(), AFTERMATH_NANOS)) {
        violations.add(new Violation(lapse.promise(), lapse.what(), List.of()));
      }
    }
    for (String runner : leftovers.late()) {
      if (!keptAlive.wasGreedy(runner)) {
        violations.add(
            new Violation(Promise.SHUTDOWN, runner + " did not end when told to", List.of()));
      }
    }
  }

  private void checkShutdown(Job job) {
    for (Run run : job.runs) {
      long stopped = facts.stoppingNanos(run);
      long started = run.started.nanos();
      if (stopped < Long.MAX_VALUE
          && started > stopped + LAST_START_NANOS
          && keptAlive.wasAwake(run.started.process(), stopped, started)) {
        found(Promise.SHUTDOWN, job, "was started by a runner that had been told to end");
      }
    }
  }

  /** Whether the answers to those who look for a reserved job fit its time. */
  private void checkReservation(Job job) {
    Optional<Reservation> reservation =
        job.sent.reserved() ? Reservation.of(job) : Optional.empty();
    if (reservation.isEmpty() || job.commit.isEmpty()) {
      return;
    }
    Operation commit = job.commit.get();
    if (clockSteps.touch(job.sending.begun().nanos(), commit.endNanos(), 0)) {
      return;
    }
    long slack = CLOCK_SLACK_MS * 1_000_000;
    if (commit.result() == Result.OK
        && commit.begun().nanos() > reservation.get().latestNanos() + slack) {
      found(Promise.RESERVATION, job, "was committed when its reservation was over");
    } else if (commit.result() == Result.ABSENT
        && commit.endNanos() < reservation.get().earliestNanos() - slack) {
      found(Promise.RESERVATION, job, "was gone before its reservation was over");
    }
  }

  /**
   * An acknowledged job is there or has ended. That a plain job was completed is not seen, only
   * that its handler has returned.
   */
  private void checkEnd(Job job) {
    String place = leftovers.live().get(job.id());
    if (place != null) {
      if (!job.effects.isEmpty()) {
        found(Promise.EXACTLY_ONCE, job, "was completed, and is still there: " + place);
      } else {
        found(Promise.LIVENESS, job, "has not ended: " + place);
      }
      return;
    }
    boolean hasEnded =
        !job.effects.isEmpty()
            || leftovers.dead().containsKey(job.id())
            || job.mayBeCancelled()
            || job.managed(Act.DISCARD).findAny().isPresent()
            || (job.sent.work().equals(PLAIN)
                && job.runs.stream().anyMatch(run -> run.ended(Outcome.RETURNED)));
    if (job.isAcknowledged() && !hasEnded) {
      found(Promise.NOTHING_LOST, job, "is gone without having been completed");
    }
  }

  private void checkEffects(Job job) {
    if (job.effects.size() > 1) {
      found(Promise.EXACTLY_ONCE, job, "was completed " + job.effects.size() + " times");
    }
    if (!job.effects.isEmpty() && leftovers.dead().containsKey(job.id())) {
      found(Promise.EXACTLY_ONCE, job, "was completed, and is a dead letter");
    }
    for (Run run : job.runs) {
      boolean hasEffect =
          job.effects.stream().anyMatch(effect -> effect.run().equals(run.started.run()));
      if (run.ended(Outcome.COMPLETED) && !hasEffect) {
        found(Promise.NOTHING_LOST, job, "was told to be completed, but its effect is not there");
      } else if (run.ended(Outcome.REFUSED) && hasEffect) {
        found(Promise.FENCING, job, "was completed by a run whose completion was refused");
      }
    }
    for (Effect effect : job.effects) {
      Run run = facts.runOf(effect).orElseThrow();
      if (run.completing == null) {
        found(Promise.NOTHING_SPURIOUS, job, "was completed by a run that had not come so far");
        continue;
      }
      long completing = run.completing.nanos();
      if (job.runs.stream().anyMatch(other -> isNext(other, run, completing))) {
        found(Promise.FENCING, job, "was completed by a run that was not the last one");
      }
    }
  }

  /**
   * Whether there was a further run of the job. A run of a later attempt was claimed after this one
   * had lost its lease, or had ended; one of the same attempt may have been claimed before.
   */
  private static boolean isNext(Run other, Run run, long completingNanos) {
    return other.started.attempt() > run.started.attempt()
        || (other != run
            && other.started.attempt() == run.started.attempt()
            && other.started.nanos() > run.started.nanos()
            && other.started.nanos() < completingNanos);
  }

  private void checkCancellation(Job job) {
    if (job.cancel.isEmpty()) {
      return;
    }
    Operation cancel = job.cancel.get();
    if (cancel.result() == Result.NEVER_RUNS
        && job.runs.stream().anyMatch(run -> isStartedAfter(cancel, run))) {
      found(Promise.CANCELLATION, job, "was cancelled while it waited, and ran");
    }
    if (job.effects.isEmpty()) {
      return;
    }
    if (cancel.result().isDone()) {
      found(Promise.CANCELLATION, job, "was cancelled, and was completed all the same");
    } else if (cancel.result() == Result.ABSENT
        && job.effects.stream().anyMatch(effect -> isAfter(effect, cancel))
        && job.sending.result() == Result.OK
        && job.sending.endNanos() < cancel.begun().nanos()
        && job.managed(Act.REDRIVE).findAny().isEmpty()
        && !failovers.touch(cancel.begun().nanos(), cancel.endNanos(), 0)) {
      found(Promise.CANCELLATION, job, "was not found to be cancelled, and was completed later");
    }
  }

  /**
   * Whether a run was claimed after an operation. A runner that has lost its lease may start what
   * it had claimed before: because of a fault, or because it stood still.
   */
  private boolean isStartedAfter(Operation operation, Run run) {
    long started = run.started.nanos();
    long before = operation.begun().nanos() - 2 * KeptAlive.LEASE.toNanos();
    return started > operation.endNanos()
        && !faults.touch(before, started, AFTERMATH_NANOS)
        && keptAlive.wasAwake(run.started.process(), before, started);
  }

  private boolean isAfter(Effect effect, Operation operation) {
    return facts.runOf(effect).orElseThrow().completingNanos() > operation.endNanos();
  }

  /**
   * A checkpoint that was saved is found by all later runs, and only the current run can save one.
   */
  private void checkCheckpoints(Job job) {
    for (Run run : job.runs) {
      if (run.saving == null || run.saved == null || run.saved.refused()) {
        continue;
      }
      long saving = run.saving.nanos();
      long saved = run.saved.nanos();
      for (Run other : job.runs) {
        // A run that was claimed before this one may start later, and do no harm.
        if (other.started.attempt() <= run.started.attempt()) {
          continue;
        }
        if (other.started.nanos() < saving) {
          found(Promise.FENCING, job, "had a checkpoint saved after its next run had started");
        } else if (other.started.nanos() > saved && other.started.payload() == Payload.SENT) {
          found(Promise.NOTHING_LOST, job, "was started without the checkpoint that was saved");
        }
      }
    }
  }

  /** A handler gets what was sent, or what a run before it has saved. */
  private void checkPayload(Job job) {
    boolean perhapsSaved = false;
    for (Run run : job.runs) {
      if (run.started.payload() == Payload.CHANGED) {
        found(Promise.NOTHING_LOST, job, "got another payload or other headers than were sent");
      } else if (run.started.payload() == Payload.SAVED && !perhapsSaved) {
        found(Promise.NOTHING_SPURIOUS, job, "got a checkpoint that no run had saved");
      }
      perhapsSaved |= run.saving != null;
    }
  }

  /** What is there instead of a job has its name and its key, and may be live. */
  private void checkDuplicate(Job job) {
    for (Optional<Job> instead : facts.insteadOf((Event.Sending) job.sending.begun())) {
      if (instead.isEmpty()) {
        found(Promise.UNIQUENESS, job, "was refused for a job that nobody has sent");
        continue;
      }
      Job there = instead.get();
      if (!there.sent.work().equals(job.sent.work())
          || !there.sent.uniqueKey().equals(job.sent.uniqueKey())) {
        found(Promise.UNIQUENESS, job, there, "was refused for a job of another name or key");
      } else if (there.sending.begun().nanos() > job.sending.endNanos()
          || there.perhapsLiveUntilNanos() < job.sending.begun().nanos()
          || hasFailedElsewhere(there, job)
          || isReservationOver(there, job.sending.begun().nanos())) {
        found(Promise.UNIQUENESS, job, there, "was refused for a job that was not live");
      }
    }
  }

  /**
   * Whether a job was never there for those who were not in the transaction that was to send it.
   */
  private static boolean hasFailedElsewhere(Job there, Job job) {
    return there.sending.result().isInVain() && !there.sending.begun().equals(job.sending.begun());
  }

  /** Whether a job was certainly gone at a time, because nobody had committed it in time. */
  private boolean isReservationOver(Job job, long nanos) {
    return job.sent.reserved()
        && !clockSteps.touch(job.sending.begun().nanos(), nanos, 0)
        && job.commit.map(Operation::result).filter(result -> !result.isInVain()).isEmpty()
        && Reservation.of(job)
            .filter(reservation -> reservation.latestNanos() + CLOCK_SLACK_MS * 1_000_000 < nanos)
            .isPresent();
  }

  /**
   * A job is certainly live from the answer to its send to the moment in which its completion
   * begins.
   */
  private void checkUniqueKeys() {
    Map<String, List<Job>> keys = new HashMap<>();
    for (Job job : facts.jobs()) {
      if (job.sent.uniqueKey().isPresent()
          && job.sending.result() == Result.OK
          && job.effects.size() == 1) {
        String key = job.sent.work() + " " + job.sent.uniqueKey().get();
        keys.computeIfAbsent(key, each -> new ArrayList<>()).add(job);
      }
    }
    for (List<Job> jobs : keys.values()) {
      jobs.sort(Comparator.comparingLong(job -> job.sending.endNanos()));
      Job longest = jobs.get(0);
      for (Job job : jobs.subList(1, jobs.size())) {
        if (job.sending.endNanos() < facts.completingNanos(longest)
            && job.sending.endNanos() < facts.completingNanos(job)) {
          found(Promise.UNIQUENESS, job, longest, "was live together with another one of its key");
        }
        if (facts.completingNanos(job) > facts.completingNanos(longest)) {
          longest = job;
        }
      }
    }
  }

  private void found(Promise promise, Job job, String what) {
    violations.add(job.violation(promise, what));
  }

  private void found(Promise promise, Job job, Job other, String what) {
    violations.add(job.violation(promise, other, what));
  }
}
