package io.jdbcmq.model;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One job, two runners and a rescuer: claims, completions, leases that run out, and a run that has
 * been given up comes to its end after all, as in V0003, V0004 and V0006.
 */
final class Lease {
  /** What fences runs that are lost. */
  enum Rule {
    A_COMPLETION_ASKS_FOR_THE_TOKEN,
    THE_TOKEN_GROWS_WHEN_A_JOB_IS_PUT_BACK,
    A_LOCKED_JOB_IS_LEFT_TO_THE_NEXT_RESCUE,
    A_RESCUE_LOCKS_THE_JOB,
    A_LEASE_THAT_HAS_RUN_OUT_IS_NOT_RENEWED
  }

  private static final String JOB = "jobs/a";

  /** The live job. */
  record Job(int token) {}

  /** A claim of it. */
  record Claim(String runner, int token) {}

  /** A runner; its lease ends at that time. */
  record Runner(int leaseEndsAt) {}

  private final Set<Rule> rules;

  Lease(Set<Rule> rules) {
    this.rules = rules;
  }

  private boolean has(Rule rule) {
    return rules.contains(rule);
  }

  /**
   * A ready job. The lease of the first runner ends at 1, that of the second one later; it is 0.
   */
  static World ready() {
    return World.empty()
        .with(JOB, new Job(1))
        .with("ready/a", new Job(1))
        .with("runners/first", new Runner(1))
        .with("runners/second", new Runner(9));
  }

  Program runner(String runner) {
    return complete(claim(runner)).commit(s -> tellOutcome(s, runner));
  }

  Program undecidedRunner(String runner) {
    return complete(claim(runner)).rollback();
  }

  private Program claim(String runner) {
    return Program.readCommitted(runner + " runner")
        .step(
            s -> {
              for (String key : s.keys("ready")) {
                if (s.canLock(key) && s.number("now") < leaseEnd(s, runner)) {
                  s.set("run", s.see(key, Job.class).orElseThrow().token());
                  s.delete(key);
                  break;
                }
              }
              s.tell(s.has("run") ? "takes the job" : "finds nothing ready");
            })
        .step(
            s -> s.has("run"),
            s -> {
              s.add("claims/1", new Claim(runner, token(s)));
              s.tell("claims run " + token(s));
            })
        .commit(
            s -> {
              if (s.has("run")) {
                s.append("started", runner);
              }
            })
        .stopIf(s -> !s.has("run"));
  }

  private static int leaseEnd(Session s, String runner) {
    return s.see("runners/" + runner, Runner.class).orElseThrow().leaseEndsAt();
  }

  private static int token(Session s) {
    return s.get("run", Integer.class).orElseThrow();
  }

  private Program complete(Program program) {
    return program
        .step(
            s -> {
              if (s.see(JOB, Job.class).filter(job -> isRun(s, job)).isPresent()) {
                s.set("found", true);
              }
              s.tell("is about to complete run " + token(s));
            })
        .step(
            s -> s.has("found"),
            s -> {
              s.forget("found");
              if (s.lock(JOB, Job.class).filter(job -> isRun(s, job)).isPresent()) {
                s.delete(JOB);
                s.set("completed", true);
                s.tell("deletes the job");
              } else {
                s.tell("finds another run");
              }
            });
  }

  private boolean isRun(Session s, Job job) {
    return job.token() == token(s) || !has(Rule.A_COMPLETION_ASKS_FOR_THE_TOKEN);
  }

  private static void tellOutcome(Session s, String runner) {
    if (s.has("completed")) {
      s.append("completed", runner);
    }
  }

  /** mq_rescue_v1, and the promotion of what it has put back. */
  Program rescuer(String name, int times) {
    Program program = Program.readCommitted(name);
    for (int i = 0; i < times; i++) {
      program
          .step(this::takeClaim)
          .step(s -> s.has("claim"), this::lockJob)
          .step(s -> s.has("lost"), this::putBack)
          .step(s -> s.has("claim"), this::forgetClaim)
          .commit(
              s -> {
                s.get("rescued", String.class).ifPresent(runner -> s.note("rescued", runner));
                s.forget("rescued");
              });
    }
    return program;
  }

  private void takeClaim(Session s) {
    for (String key : s.keys("claims")) {
      Claim claim = s.see(key, Claim.class).orElseThrow();
      String runner = "runners/" + claim.runner();
      boolean isLost =
          s.canLock(key)
              && s.shareOrSkip(runner, Runner.class)
                  .filter(row -> row.leaseEndsAt() <= s.number("now"))
                  .isPresent();
      if (isLost) {
        s.lock(key, Claim.class);
        s.set("key", key);
        s.set("claim", claim);
        s.tell("takes the claim of the " + claim.runner() + " runner");
        return;
      }
    }
    s.tell("finds no lost runner");
  }

  private void lockJob(Session s) {
    Claim claim = s.get("claim", Claim.class).orElseThrow();
    Optional<Job> seen = s.see(JOB, Job.class).filter(job -> job.token() == claim.token());
    if (!has(Rule.A_RESCUE_LOCKS_THE_JOB)) {
      seen.ifPresent(job -> s.set("lost", job));
    } else if (seen.isPresent() && s.canLock(JOB)) {
      s.lock(JOB, Job.class)
          .filter(job -> job.token() == claim.token())
          .ifPresent(job -> s.set("lost", job));
    }
    s.tell(s.has("lost") ? "finds the job" : "finds the job gone or locked");
  }

  private void putBack(Session s) {
    Job lost = s.get("lost", Job.class).orElseThrow();
    s.forget("lost");
    Job next = has(Rule.THE_TOKEN_GROWS_WHEN_A_JOB_IS_PUT_BACK) ? new Job(lost.token() + 1) : lost;
    s.add("ready/a", next);
    if (s.canLock(JOB) && s.see(JOB, Job.class).isPresent()) {
      s.update(JOB, next);
    }
    s.set("rescued", s.get("claim", Claim.class).orElseThrow().runner());
    s.tell("puts the job back");
  }

  /** Keeps the claim as long as its run is still current: the job was locked. */
  private void forgetClaim(Session s) {
    Claim claim = s.get("claim", Claim.class).orElseThrow();
    boolean isCurrent =
        !s.has("rescued")
            && s.see(JOB, Job.class).filter(job -> job.token() == claim.token()).isPresent();
    if (!isCurrent || !has(Rule.A_LOCKED_JOB_IS_LEFT_TO_THE_NEXT_RESCUE)) {
      s.delete(s.get("key", String.class).orElseThrow());
      s.tell("forgets the claim");
    } else {
      s.tell("keeps the claim");
    }
    s.forget("claim", "key");
  }

  /** mq_heartbeat_v1; the row of a lost runner may still be there, as long as it has claims. */
  Program heart(String runner) {
    return Program.readCommitted("heart of the " + runner + " runner")
        .step(
            s -> {
              Runner row = s.lock("runners/" + runner, Runner.class).orElseThrow();
              if (row.leaseEndsAt() > s.number("now")
                  || !has(Rule.A_LEASE_THAT_HAS_RUN_OUT_IS_NOT_RENEWED)) {
                s.update("runners/" + runner, new Runner(9));
                s.set("renewed", runner);
                s.tell("renews the lease");
              } else {
                s.tell("has lost the lease");
              }
            })
        .commit(
            s ->
                s.get("renewed", String.class)
                    .filter(renewed -> s.notes("rescued", renewed))
                    .ifPresent(renewed -> s.note("revived", renewed)));
  }

  Program clock(String name) {
    return Program.readCommitted(name)
        .step(
            s -> {
              s.note("now", 1);
              s.tell("it is 1");
            });
  }

  static Optional<String> broken(World world, boolean atRest) {
    List<?> started = world.history("started");
    List<?> completed = world.history("completed");
    if (completed.size() > 1) {
      return Optional.of("the job was completed twice");
    }
    if (!completed.isEmpty() && !completed.get(0).equals(started.get(started.size() - 1))) {
      return Optional.of("the job was completed by a run that had been lost");
    }
    if (world.notes().containsKey("revived")) {
      return Optional.of("a runner believes in a lease whose runs were taken");
    }
    return atRest ? misplaced(world) : Optional.empty();
  }

  private static Optional<String> misplaced(World world) {
    List<Job> live = world.committed("jobs", Job.class);
    List<Object> places = new ArrayList<>(world.committed("ready", Job.class));
    world.committed("claims", Claim.class).stream()
        .filter(claim -> live.contains(new Job(claim.token())))
        .forEach(places::add);
    if (new HashSet<>(live).size() != places.size()) {
      return Optional.of("%s is in %s".formatted(live, places));
    }
    return Optional.empty();
  }
}
