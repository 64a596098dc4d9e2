package io.jdbcmq.torture.check;

import io.jdbcmq.torture.check.Facts.Job;
import io.jdbcmq.torture.check.Facts.Operation;
import io.jdbcmq.torture.check.Violation.Promise;
import io.jdbcmq.torture.history.Event;
import io.jdbcmq.torture.history.Event.Act;
import io.jdbcmq.torture.history.Event.Result;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Decides whether ordered channels have kept their order. */
final class OrderCheck {
  private final Facts facts;
  private final List<Violation> violations = new ArrayList<>();

  private OrderCheck(Facts facts) {
    this.facts = facts;
  }

  /** Violations, with what was noted of both jobs. */
  static List<Violation> check(Facts facts) {
    OrderCheck check = new OrderCheck(facts);
    check.checkOrder();
    check.checkHolding();
    return check.violations;
  }

  /**
   * Of the jobs of an ordered channel that were completed: the order of their effects, and that
   * none starts before the one before it is being completed. Jobs that died or were cancelled are
   * left out.
   */
  private void checkOrder() {
    Map<String, List<Job>> channels = new HashMap<>();
    for (Job job : facts.jobs()) {
      if (job.sent.orderedIn().isPresent() && job.effects.size() == 1) {
        channels.computeIfAbsent(job.sent.orderedIn().get(), args -> new ArrayList<>()).add(job);
      }
    }
    channels.values().forEach(this::checkChannel);
  }

  private void checkChannel(List<Job> jobs) {
    jobs.sort(Comparator.comparingLong(job -> job.effects.get(0).number()));
    Job latest = null; // of those before, the one whose send began last
    Map<Event, Job> lastOfOperation = new HashMap<>();
    Job before = null;
    for (Job job : jobs) {
      if (latest != null
          && job.sending.result() == Result.OK
          && job.sending.endNanos() < latest.sending.begun().nanos()) {
        found(job, latest, "was completed after a job of its channel that was sent after it");
      }
      Job sibling = lastOfOperation.put(job.sending.begun(), job);
      if (sibling != null && sibling.position > job.position) {
        found(job, sibling, "was completed after a later one of its transaction");
      }
      if (before != null) {
        checkExclusion(before, job);
      }
      if (latest == null || job.sending.begun().nanos() > latest.sending.begun().nanos()) {
        latest = job;
      }
      before = job;
    }
  }

  private void checkExclusion(Job before, Job job) {
    long completing = facts.completingNanos(before);
    if (job.runs.get(0).started.nanos() < completing) {
      found(job, before, "started before the one before it was being completed");
    }
  }

  /** Of the channels that a dead job holds: no later job starts before somebody has let it go. */
  private void checkHolding() {
    Map<String, List<Job>> channels = new HashMap<>();
    for (Job job : facts.jobs()) {
      Optional<String> channel =
          job.sent.orderedIn().filter(args -> args.startsWith(Checker.HOLDING));
      if (channel.isPresent() && !job.runs.isEmpty()) {
        channels.computeIfAbsent(channel.get(), args -> new ArrayList<>()).add(job);
      }
    }
    for (List<Job> jobs : channels.values()) {
      List<Operation> released = jobs.stream().flatMap(job -> job.managed(Act.UNBLOCK)).toList();
      jobs.stream()
          .filter(job -> job.sent.work().equals(Checker.GIVING_UP))
          .filter(job -> job.sending.result() == Result.OK)
          .filter(job -> !job.mayBeCancelled())
          .forEach(holder -> checkHolder(holder, jobs, released));
    }
  }

  private void checkHolder(Job holder, List<Job> jobs, List<Operation> released) {
    long died = holder.runs.get(0).started.nanos(); // not before
    long letGo =
        Stream.concat(
                released.stream(), Stream.of(Act.REDRIVE, Act.DISCARD).flatMap(holder::managed))
            .filter(operation -> operation.mayEndAfter(died))
            .mapToLong(operation -> operation.begun().nanos())
            .min()
            .orElse(Long.MAX_VALUE);
    for (Job job : jobs) {
      if (isAfter(job, holder) && job.runs.get(0).started.nanos() < letGo) {
        found(job, holder, "started although a dead job before it held its channel");
      }
    }
  }

  private static boolean isAfter(Job job, Job before) {
    return job.sending.begun().equals(before.sending.begun())
        ? job.position > before.position
        : job.sending.begun().nanos() > before.sending.endNanos();
  }

  private void found(Job job, Job other, String what) {
    violations.add(job.violation(Promise.ORDER, other, what));
  }
}
