package io.jdbcmq.model;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * One reserved job, as in V0009__reserve.sql: who commits or extends the reservation locks the job
 * and then its row in mq_delayed; who ends it has the delayed row and only tries to lock the job.
 */
final class Reservation {
  /** What makes one of them decide. */
  enum Rule {
    THE_CLOCK_IS_READ_WITH_THE_LOCK,
    A_COMMIT_IS_REFUSED_AFTER_THE_END,
    THE_EXPIRY_SKIPS_A_LOCKED_JOB
  }

  private static final String JOB = "jobs/a";
  private static final String DELAYED = "delayed/a";
  private static final String READY = "ready/a";
  private static final int NEVER = 1000;

  /** A live job; until: end of the reservation, {@link #NEVER} once it is committed. */
  record Job(int until) {}

  /** A row of mq_delayed. */
  record Delayed(int runAt) {}

  private final Set<Rule> rules;

  Reservation(Set<Rule> rules) {
    this.rules = rules;
  }

  private boolean has(Rule rule) {
    return rules.contains(rule);
  }

  /** A job whose reservation ends at 1; it is 0. */
  static World reserved() {
    return World.empty().with(JOB, new Job(1)).with(DELAYED, new Delayed(1)).note("now", 0);
  }

  Program committer(String name) {
    return decide(
            name,
            s -> {
              s.update(JOB, new Job(NEVER));
              s.tell("commits the reservation");
            })
        .step(s -> s.has("won"), s -> lockDelayed(s, Optional.empty()))
        .step(
            s -> s.has("won"),
            s -> {
              s.add(READY, "ready");
              s.tell("makes the job ready");
            })
        .commit(s -> s.get("won", Boolean.class).ifPresent(won -> s.note("success", true)));
  }

  Program undecidedExtender(String name) {
    return extend(name).rollback();
  }

  Program extender(String name) {
    return extend(name).commit();
  }

  private Program extend(String name) {
    return decide(
            name,
            s -> {
              s.update(JOB, new Job(2));
              s.tell("extends the reservation");
            })
        .step(s -> s.has("won"), s -> lockDelayed(s, Optional.of(new Delayed(2))));
  }

  /** Locks the job, and decides if it is in time. */
  private Program decide(String name, Consumer<Session> change) {
    return Program.readCommitted(name)
        .step(
            s -> {
              s.see(JOB, Job.class)
                  .filter(job -> job.until() < NEVER)
                  .ifPresent(job -> s.set("found", true));
              s.set("clock", s.number("now"));
              s.tell("looks for the reservation");
            })
        .step(
            s -> s.has("found"),
            s -> {
              Optional<Job> job = s.lock(JOB, Job.class).filter(locked -> locked.until() < NEVER);
              s.forget("found");
              job.ifPresent(locked -> s.set("job", locked));
              if (has(Rule.THE_CLOCK_IS_READ_WITH_THE_LOCK)) {
                s.set("clock", s.number("now"));
              }
              s.set("locked at", s.number("now"));
              s.tell(job.isPresent() ? "has locked the job" : "finds the job gone");
            })
        .step(
            s -> s.has("job"),
            s -> {
              Job job = s.get("job", Job.class).orElseThrow();
              int clock = s.get("clock", Integer.class).orElseThrow();
              int lockedAt = s.get("locked at", Integer.class).orElseThrow();
              s.forget("job", "clock", "locked at");
              if (job.until() > clock || !has(Rule.A_COMMIT_IS_REFUSED_AFTER_THE_END)) {
                s.set("won", true);
                change.accept(s);
                if (job.until() <= lockedAt) {
                  s.note("late", name);
                }
              } else {
                s.tell("is too late");
              }
            });
  }

  private static void lockDelayed(Session s, Optional<Delayed> change) {
    if (s.lock(DELAYED, Delayed.class).isPresent()) {
      change.ifPresentOrElse(delayed -> s.update(DELAYED, delayed), () -> s.delete(DELAYED));
    }
    s.tell(change.isPresent() ? "puts off the end" : "takes it out of mq_delayed");
  }

  /** mq_promote and mq_end_reservations. */
  Program expiry(String name) {
    return Program.readCommitted(name)
        .step(
            s -> {
              s.see(DELAYED, Delayed.class)
                  .filter(delayed -> s.canLock(DELAYED) && delayed.runAt() <= s.number("now"))
                  .ifPresent(
                      delayed -> {
                        s.lock(DELAYED, Delayed.class);
                        s.set("due", true);
                      });
              s.tell(s.has("due") ? "takes the end that is due" : "finds nothing due");
            })
        .step(s -> s.has("due"), this::endReservation)
        .commit();
  }

  private void endReservation(Session s) {
    s.forget("due");
    if (!s.canLock(JOB) && has(Rule.THE_EXPIRY_SKIPS_A_LOCKED_JOB)) {
      s.tell("skips the job, which is locked");
      return;
    }
    boolean isReserved = s.lock(JOB, Job.class).filter(job -> job.until() < NEVER).isPresent();
    if (isReserved) {
      s.delete(JOB);
      s.delete(DELAYED);
      s.tell("ends the job");
    } else {
      s.tell("finds the job committed");
    }
  }

  Program clock(String name) {
    Program program = Program.readCommitted(name);
    for (int time = 1; time <= 2; time++) {
      int now = time;
      program.step(
          s -> {
            s.note("now", now);
            s.tell("it is " + now);
          });
    }
    return program;
  }

  static Optional<String> broken(World world, boolean atRest) {
    List<Job> jobs = world.committed("jobs", Job.class);
    boolean isReady = !world.committed("ready", String.class).isEmpty();
    boolean isDelayed = !world.committed("delayed", Delayed.class).isEmpty();
    if (world.notes().containsKey("success") && jobs.isEmpty()) {
      return Optional.of("a commit that had succeeded was undone");
    }
    if (world.notes().containsKey("late")) {
      return Optional.of(world.notes().get("late") + " succeeds after the end");
    }
    if (isReady && jobs.stream().anyMatch(job -> job.until() < NEVER)) {
      return Optional.of("a reserved job may run");
    }
    if (atRest && !jobs.isEmpty() && isReady == isDelayed) {
      return Optional.of("the job is in two places, or in none");
    }
    return Optional.empty();
  }
}
