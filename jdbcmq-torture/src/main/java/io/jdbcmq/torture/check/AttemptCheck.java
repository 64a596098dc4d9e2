package io.jdbcmq.torture.check;

import io.jdbcmq.torture.check.Facts.Job;
import io.jdbcmq.torture.check.Facts.Run;
import io.jdbcmq.torture.check.Violation.Promise;
import io.jdbcmq.torture.history.Event.Act;
import io.jdbcmq.torture.history.Event.Result;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Decides whether jobs had the attempts that they should have, and the first one in time. */
final class AttemptCheck {
  private final Facts facts;
  private final Leftovers leftovers;
  private final Windows clockSteps;
  private final List<Violation> violations = new ArrayList<>();

  private AttemptCheck(Facts facts, Leftovers leftovers, Windows clockSteps) {
    this.facts = facts;
    this.leftovers = leftovers;
    this.clockSteps = clockSteps;
  }

  /** Violations, with what was noted of the job. */
  static List<Violation> check(Facts facts, Leftovers leftovers, Windows clockSteps) {
    AttemptCheck check = new AttemptCheck(facts, leftovers, clockSteps);
    for (Job job : facts.jobs()) {
      check.checkAttempts(job);
      check.checkDelay(job);
    }
    return check.violations;
  }

  private void checkAttempts(Job job) {
    checkDeath(job);
    checkManagement(job);
    checkThatAttemptsAreCounted(job);
    long most = job.sent.attempts() + extraAttempts(job) + perhapsExtraAttempts(job);
    for (Run run : job.runs) {
      if (run.started.attempt() > most) {
        found(
            Promise.ATTEMPTS,
            job,
            "started attempt %d of %d".formatted(run.started.attempt(), most));
      }
    }
  }

  /** A job dies in its last attempt and in no other, unless it gives up. */
  private void checkDeath(Job job) {
    Integer attempt = leftovers.dead().get(job.id());
    if (attempt == null || job.sent.work().equals(Checker.GIVING_UP)) {
      return;
    }
    long least = job.sent.attempts() + extraAttempts(job);
    if (!List.of(Checker.HOPELESS, Checker.EXTENDING).contains(job.sent.work())) {
      found(Promise.ATTEMPTS, job, "died, although it had attempts left");
    } else if (attempt < least || attempt > least + perhapsExtraAttempts(job)) {
      found(Promise.ATTEMPTS, job, "died in attempt %d, not %d".formatted(attempt, least));
    }
  }

  private static long extraAttempts(Job job) {
    return job.sent.work().equals(Checker.EXTENDING) ? job.saved() : 0;
  }

  private static long perhapsExtraAttempts(Job job) {
    return job.sent.work().equals(Checker.EXTENDING) ? job.perhapsSaved() : 0;
  }

  /** A dead job that was discarded is gone, one that was redriven runs. */
  private void checkManagement(Job job) {
    if (!leftovers.dead().containsKey(job.id())) {
      return;
    }
    if (job.managed(Act.DISCARD).anyMatch(operation -> operation.result() == Result.OK)) {
      found(Promise.CANCELLATION, job, "is a dead letter, although it was discarded");
    }
    long lastRun = job.runs.isEmpty() ? 0 : job.runs.get(job.runs.size() - 1).started.nanos();
    if (job.managed(Act.REDRIVE)
        .anyMatch(
            operation -> operation.result() == Result.OK && operation.begun().nanos() > lastRun)) {
      found(Promise.LIVENESS, job, "is a dead letter, and has not run since it was redriven");
    }
  }

  /** However a run ends, it uses an attempt; but not if its runner shuts down. */
  private void checkThatAttemptsAreCounted(Job job) {
    if (job.sent.work().equals(Checker.SNOOZING)
        || job.managed(Act.REDRIVE).findAny().isPresent()) {
      return;
    }
    Map<Integer, Run> byAttempt = new HashMap<>();
    for (Run run : job.runs) {
      Run before = byAttempt.put(run.started.attempt(), run);
      if (before != null && !facts.wasStopped(before)) {
        found(Promise.ATTEMPTS, job, "started attempt %d twice".formatted(run.started.attempt()));
      }
    }
  }

  /** The clock of the server starts to count after the send has begun. */
  private void checkDelay(Job job) {
    if (job.runs.isEmpty() || job.sent.reserved()) {
      return;
    }
    long begun = job.sending.begun().nanos();
    long started = job.runs.get(0).started.nanos();
    long waited = started - begun;
    if (waited < (job.sent.delayMs() - Checker.CLOCK_SLACK_MS) * 1_000_000
        && !clockSteps.touch(begun, started, 0)) {
      found(Promise.DELAY, job, "ran %d ms after its send began".formatted(waited / 1_000_000));
    }
  }

  private void found(Promise promise, Job job, String what) {
    violations.add(job.violation(promise, what));
  }
}
