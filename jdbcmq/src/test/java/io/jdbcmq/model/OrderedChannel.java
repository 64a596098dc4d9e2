package io.jdbcmq.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * One ordered channel, as the functions of V0008__order_channels.sql keep it in order: what they do
 * statement by statement, each rule of theirs with a switch.
 *
 * <p>The token of a job is its seq here, since no job is put back.
 */
final class OrderedChannel {
  /** What keeps the channel in order. */
  enum Rule {
    SENDERS_LINE_UP_BEFORE_THEY_DRAW_A_SEQ,
    PARKING_LOCKS_THE_JOB_BEFORE,
    A_JOB_BEHIND_A_LOCKED_ONE_IS_POSTPONED,
    THE_JOB_BEFORE_IS_NAMED_BY_ID_AND_SEQ,
    THE_HOLDER_IS_ASKED_AGAIN_WITH_ITS_LOCK,
    THE_NEXT_JOB_IS_LOOKED_FOR_AFTER_THE_DELETE,
    THE_NEXT_JOB_IS_NAMED_BY_ID_AND_SEQ,
    AN_OLD_SNAPSHOT_LEAVES_A_WAKE,
    A_CANCEL_LEAVES_A_WAKE,
    A_WAKE_STAYS_WHILE_THE_HEAD_IS_LOCKED,
    A_CANCEL_LOOKS_UNTIL_THE_JOB_STANDS_STILL,
    A_CLAIM_LOCKS_THE_JOB
  }

  /** A live job of the channel. */
  record Job(String id, int seq) {}

  /** A row of mq_ready. */
  record Ready(String id, int seq, boolean follows) {}

  private final Set<Rule> rules;

  OrderedChannel(Set<Rule> rules) {
    this.rules = rules;
  }

  private boolean has(Rule rule) {
    return rules.contains(rule);
  }

  // Where jobs are at first.

  /** A world in which these jobs have been sent, in this order; the first one runs. */
  static World running(String head, String... parked) {
    World world = sent(head).with("claims/" + head, new Job(head, 1)).note("sent", List.of());
    for (String id : parked) {
      world = parked(world, id);
    }
    return world;
  }

  static World parked(World world, String id) {
    World more = withJob(world, id);
    return more.with("parked/" + id, id);
  }

  static World ready(World world, String id) {
    World more = withJob(world, id);
    return more.with("ready/" + id, new Ready(id, more.number("seq"), true));
  }

  static World delayed(World world, String id) {
    return withJob(world, id).with("delayed/" + id, id);
  }

  /** A dead job that holds the channel. */
  static World held(String id) {
    return World.empty().with("dead/" + id, new Job(id, 1)).note("seq", 1);
  }

  private static World sent(String id) {
    return withJob(World.empty(), id);
  }

  private static World withJob(World world, String id) {
    int seq = world.number("seq") + 1;
    return world.note("seq", seq).with("jobs/" + id, new Job(id, seq));
  }

  // mq_send_v1.

  Program sender(String name, String id) {
    return send(Program.readCommitted(name), id).commit(s -> s.append("sent", job(s)));
  }

  Program undecidedSender(String name, String id) {
    return send(Program.readCommitted(name), id).rollback();
  }

  private Program send(Program program, String id) {
    if (has(Rule.SENDERS_LINE_UP_BEFORE_THEY_DRAW_A_SEQ)) {
      program.step(
          s -> {
            s.lock("stripes/1", String.class);
            s.tell("is first in line");
          });
    }
    return program
        .step(
            s -> {
              s.set("job", new Job(id, s.next("seq")));
              s.tell("draws seq " + job(s).seq());
            })
        .step(
            s -> {
              s.insert("jobs/" + id, job(s));
              s.add("ready/" + id, new Ready(id, job(s).seq(), true));
              s.tell("stores " + id);
            });
  }

  private static Job job(Session s) {
    return s.get("job", Job.class).orElseThrow();
  }

  // mq_claim_v1.

  /** Claims once. */
  Program claimer(String name) {
    return claim(Program.readCommitted(name));
  }

  /** Claims, completes what it has claimed, and does so again. */
  Program runner(String name, int times) {
    Program program = Program.readCommitted(name);
    for (int i = 0; i < times; i++) {
      claim(program);
      complete(program);
      program.commit(s -> s.forget("run"));
    }
    return program;
  }

  private Program claim(Program program) {
    return program
        .step(this::takeWake)
        .step(s -> s.has("head"), this::unparkHead)
        .step(s -> s.has("unparked"), s -> putReady(s, "unparked", false))
        .step(this::promote)
        .step(s -> s.has("promoted"), s -> putReady(s, "promoted", true))
        .step(this::takeReady)
        .step(OrderedChannel::hasFollower, this::lookBefore)
        .step(OrderedChannel::hasFollower, this::lockBefore)
        .step(s -> hasFollower(s) && s.has("holder"), this::lockHolder)
        .step(OrderedChannel::hasFollower, this::park)
        .step(s -> s.has("free"), this::insertClaim)
        .commit(this::start);
  }

  private static boolean hasFollower(Session s) {
    return s.get("taken", Ready.class).filter(Ready::follows).isPresent();
  }

  /** mq_wake: takes a wake, and looks for the head of the channel. */
  private void takeWake(Session s) {
    List<String> wakes = s.keys("wakes").stream().filter(s::canLock).toList();
    if (wakes.isEmpty()) {
      s.tell("finds no wake");
      return;
    }
    wakes.forEach(s::delete);
    s.tell("takes the wake");
    head(s)
        .filter(head -> holderBefore(s, head).isEmpty())
        .ifPresent(
            head -> {
              s.set("head", head);
              s.tell("the head is " + head.id());
            });
  }

  /** mq_wake: unparks the head if it can be locked; else leaves the wake. */
  private void unparkHead(Session s) {
    Job head = s.get("head", Job.class).orElseThrow();
    s.forget("head");
    Optional<Job> locked =
        s.see("jobs/" + head.id(), Job.class).equals(Optional.of(head))
            ? s.shareOrSkip("jobs/" + head.id(), Job.class)
            : Optional.empty();
    if (locked.equals(Optional.of(head)) || !has(Rule.A_WAKE_STAYS_WHILE_THE_HEAD_IS_LOCKED)) {
      unpark(s, head);
    } else {
      s.add("wakes/1", "wake");
      s.tell("finds the head locked and leaves the wake");
    }
  }

  /** mq_unpark_jobs, its first statement. */
  private void unpark(Session s, Job job) {
    String key = "parked/" + job.id();
    boolean isWanted =
        s.see("jobs/" + job.id(), Job.class)
            .filter(live -> live.equals(job) || !has(Rule.THE_NEXT_JOB_IS_NAMED_BY_ID_AND_SEQ))
            .isPresent();
    if (isWanted && s.see(key, String.class).isPresent() && s.canLock(key)) {
      s.delete(key);
      s.set("unparked", job.id());
      s.tell("unparks " + job.id());
    } else {
      s.tell("finds " + job.id() + " not parked");
    }
  }

  /** mq_put_ready. */
  private void putReady(Session s, String variable, boolean follows) {
    String id = s.get(variable, String.class).orElseThrow();
    s.forget(variable);
    s.see("jobs/" + id, Job.class)
        .ifPresentOrElse(
            job -> {
              s.add("ready/" + id, new Ready(id, job.seq(), follows));
              s.tell("makes " + id + " ready");
            },
            () -> s.tell("finds " + id + " gone"));
  }

  /** mq_promote, for one job; every delay may be over. */
  private void promote(Session s) {
    for (String key : s.keys("delayed")) {
      if (s.canLock(key)) {
        String id = s.see(key, String.class).orElseThrow();
        s.delete(key);
        s.set("promoted", id);
        s.tell("promotes " + id);
        return;
      }
    }
    s.tell("finds nothing to promote");
  }

  private void takeReady(Session s) {
    for (String key : s.keys("ready")) {
      if (s.canLock(key)) {
        Ready taken = s.see(key, Ready.class).orElseThrow();
        s.delete(key);
        s.set("taken", taken);
        if (!taken.follows()) {
          s.set("free", true);
        }
        s.tell("takes " + taken.id());
        return;
      }
    }
    s.tell("finds nothing ready");
  }

  /** mq_follow, first statement. */
  private void lookBefore(Session s) {
    Ready taken = taken(s);
    Optional<Job> own = s.see("jobs/" + taken.id(), Job.class).filter(job -> isOf(job, taken));
    if (own.isEmpty()) {
      s.forget("taken");
      s.tell("finds " + taken.id() + " gone");
      return;
    }
    Optional<Job> before =
        s.all("jobs", Job.class).stream()
            .filter(job -> job.seq() < own.get().seq())
            .max(Comparator.comparingInt(Job::seq));
    Optional<Job> holder = holderBefore(s, own.get());
    before.ifPresent(job -> s.set("before", job));
    holder.ifPresent(job -> s.set("holder", job));
    s.tell(
        "sees before %s: %s"
            .formatted(taken.id(), before.or(() -> holder).map(Job::id).orElse("nothing")));
  }

  /** mq_follow, second statement. */
  private void lockBefore(Session s) {
    Ready taken = taken(s);
    boolean isOwn =
        !has(Rule.A_CLAIM_LOCKS_THE_JOB)
            || s.shareOrSkip("jobs/" + taken.id(), Job.class)
                .filter(job -> isOf(job, taken))
                .isPresent();
    if (isOwn) {
      s.set("own", true);
    }
    boolean isBefore =
        s.get("before", Job.class).filter(before -> canWaitFor(s, before)).isPresent();
    if (isBefore) {
      s.set("parks", true);
    }
    s.tell("has %slocked %s".formatted(isOwn ? "" : "not ", taken.id()));
    s.get("before", Job.class)
        .ifPresent(
            job -> s.tell("and %s %s".formatted(isBefore ? "waits for" : "not for", job.id())));
  }

  private boolean canWaitFor(Session s, Job before) {
    String key = "jobs/" + before.id();
    if (!has(Rule.PARKING_LOCKS_THE_JOB_BEFORE)) {
      return s.see(key, Job.class).isPresent();
    }
    if (!has(Rule.A_JOB_BEHIND_A_LOCKED_ONE_IS_POSTPONED) && s.isLocked(key)) {
      return true;
    }
    return s.shareOrSkip(key, Job.class)
        .filter(job -> job.equals(before) || !has(Rule.THE_JOB_BEFORE_IS_NAMED_BY_ID_AND_SEQ))
        .isPresent();
  }

  /** mq_follow, third statement. */
  private void lockHolder(Session s) {
    Job holder = s.get("holder", Job.class).orElseThrow();
    String key = "dead/" + holder.id();
    boolean holds =
        s.shareOrSkip(key, Job.class).isPresent()
            || (!has(Rule.THE_HOLDER_IS_ASKED_AGAIN_WITH_ITS_LOCK) && !s.isLocked(key));
    if (holds) {
      s.set("parks", true);
    }
    s.tell(holder.id() + (holds ? " holds the channel" : " does not hold the channel any more"));
  }

  /** mq_follow, the rest. */
  private void park(Session s) {
    String id = taken(s).id();
    boolean isFree = !s.has("before") && !s.has("holder");
    if (s.has("own") && isFree) {
      s.set("free", true);
      s.tell(id + " may run");
    } else if (s.has("own") && s.has("parks")) {
      s.insert("parked/" + id, id);
      s.tell("parks " + id);
    } else if (s.see("jobs/" + id, Job.class).isPresent()) {
      s.insert("delayed/" + id, id);
      s.tell("postpones " + id);
    } else {
      s.tell("forgets " + id);
    }
    s.forget("own", "before", "holder", "parks");
    if (!s.has("free")) {
      s.forget("taken");
    }
  }

  private void insertClaim(Session s) {
    Ready taken = taken(s);
    Job run = new Job(taken.id(), taken.seq());
    s.add("claims/" + run.id(), run);
    s.see("jobs/" + run.id(), Job.class).filter(run::equals).ifPresent(job -> s.set("run", job));
    s.forget("taken", "free");
    s.tell("claims " + run.id());
  }

  private void start(Session s) {
    s.get("run", Job.class)
        .ifPresent(
            run -> {
              s.append("started", run);
              s.tell("starts " + run.id());
            });
  }

  private static Ready taken(Session s) {
    return s.get("taken", Ready.class).orElseThrow();
  }

  private static boolean isOf(Job job, Ready ready) {
    return job.id().equals(ready.id()) && job.seq() == ready.seq();
  }

  // mq_complete_or_raise_v1 and mq_unpark.

  Program finisher(String name, Job run) {
    return complete(withRun(Program.readCommitted(name), run)).commit();
  }

  Program undecidedFinisher(String name, Job run) {
    return complete(withRun(Program.readCommitted(name), run)).rollback();
  }

  /** Completes under REPEATABLE READ. */
  Program finisherWithOldSnapshot(String name, Job run) {
    Program program = withRun(Program.repeatableRead(name), run);
    startDelete(program)
        .step(
            s -> s.has("ended"),
            s -> {
              if (has(Rule.AN_OLD_SNAPSHOT_LEAVES_A_WAKE)) {
                leaveWake(s);
              } else {
                next(s, s.get("ended", Job.class).orElseThrow()).ifPresent(job -> unpark(s, job));
              }
              s.forget("ended");
            })
        .step(s -> s.has("unparked"), s -> putReady(s, "unparked", false));
    return program.commit();
  }

  private static Program withRun(Program program, Job run) {
    return program.step(
        s -> {
          s.set("run", run);
          s.tell("begins to complete " + run.id());
        });
  }

  private Program complete(Program program) {
    startDelete(program);
    if (has(Rule.THE_NEXT_JOB_IS_LOOKED_FOR_AFTER_THE_DELETE)) {
      program
          .step(
              s -> s.has("ended"),
              s -> {
                Optional<Job> next = next(s, s.get("ended", Job.class).orElseThrow());
                s.forget("ended");
                next.ifPresent(job -> s.set("next", job));
                s.tell("sees next: " + next.map(Job::id).orElse("nothing"));
              })
          .step(s -> s.has("next"), this::unparkNext);
    }
    return program.step(s -> s.has("unparked"), s -> putReady(s, "unparked", false));
  }

  private void unparkNext(Session s) {
    Job next = s.get("next", Job.class).orElseThrow();
    s.forget("next");
    unpark(s, next);
  }

  /** The delete finds the row, waits for its lock, and deletes it if it is still the run's. */
  private Program startDelete(Program program) {
    boolean looksAtOnce =
        !program.isRepeatable() && !has(Rule.THE_NEXT_JOB_IS_LOOKED_FOR_AFTER_THE_DELETE);
    Consumer<Session> find =
        s -> {
          Job run = s.get("run", Job.class).orElseThrow();
          s.tell("is about to delete " + run.id());
          if (looksAtOnce) {
            next(s, run)
                .filter(next -> s.see("parked/" + next.id(), String.class).isPresent())
                .ifPresent(next -> s.set("next", next));
          }
        };
    program
        .step(s -> s.has("run"), find)
        .step(
            s -> s.has("run"),
            s -> {
              Job run = s.get("run", Job.class).orElseThrow();
              s.forget("run");
              if (s.lock("jobs/" + run.id(), Job.class).equals(Optional.of(run))) {
                s.delete("jobs/" + run.id());
                s.set("ended", run);
                s.tell("deletes " + run.id());
              } else {
                s.forget("next");
                s.tell("is refused: " + run.id() + " is gone");
              }
            });
    return looksAtOnce ? program.step(s -> s.has("next"), this::unparkNext) : program;
  }

  // mq_cancel_v1 and mq_remove.

  Program canceller(String name, String id) {
    return cancel(Program.readCommitted(name), id).commit();
  }

  /** Cancels under REPEATABLE READ. */
  Program cancellerWithOldSnapshot(String name, String id) {
    return cancel(Program.repeatableRead(name), id).commit();
  }

  /** Cancels a job and sends another one under its id. */
  Program resender(String name, String id) {
    Program program = cancel(Program.readCommitted(name), id).commit();
    return send(program, id).commit(s -> s.append("sent", job(s)));
  }

  /** Cancels a job and sends another one under its id, behind a new one in the same list. */
  Program resenderBehind(String name, String first, String id) {
    Program program = cancel(Program.readCommitted(name), id).commit();
    return send(program, first)
        .step(
            s -> {
              s.append("sent", job(s));
              s.set("job", new Job(id, s.next("seq")));
              s.insert("jobs/" + id, job(s));
              s.insert("parked/" + id, id);
              s.tell("parks " + id);
            })
        .commit(s -> s.append("sent", job(s)));
  }

  private Program cancel(Program program, String id) {
    program
        .step(
            s -> {
              s.see("jobs/" + id, Job.class).ifPresent(job -> s.set("doomed", job));
              s.tell("is about to cancel " + id);
            })
        .step(
            s -> s.has("doomed"),
            s -> {
              Job doomed = s.get("doomed", Job.class).orElseThrow();
              if (s.lock("jobs/" + id, Job.class).equals(Optional.of(doomed))) {
                s.delete("jobs/" + id);
                s.set("left", true);
                s.tell("deletes " + id);
              } else {
                s.forget("doomed");
                s.tell("finds " + id + " gone");
              }
            });
    int again = program.here();
    look(program, "delayed", id);
    look(program, "parked", id);
    program.step(
        s -> s.has("left"),
        s -> {
          boolean runs =
              s.all("claims", Job.class).contains(s.get("doomed", Job.class).orElseThrow());
          if (runs) {
            s.forget("left");
          }
          s.tell("finds %s %srunning".formatted(id, runs ? "" : "not "));
        });
    look(program, "ready", id);
    if (has(Rule.A_CANCEL_LOOKS_UNTIL_THE_JOB_STANDS_STILL)) {
      program.backIf(s -> s.has("left") && passes(s) < 5, again);
    }
    return program.step(
        s -> s.has("doomed"),
        s -> {
          s.forget("doomed", "left", "pass");
          if (has(Rule.A_CANCEL_LEAVES_A_WAKE)) {
            leaveWake(s);
          } else {
            s.tell("is done");
          }
        });
  }

  private static int passes(Session s) {
    int pass = s.get("pass", Integer.class).orElse(1) + 1;
    s.set("pass", pass);
    return pass;
  }

  /** A delete from one place: finds rows, waits for their locks, deletes those that are left. */
  private void look(Program program, String table, String id) {
    program
        .step(
            s -> s.has("left"),
            s -> {
              List<String> found =
                  s.keys(table).stream().filter(key -> key.startsWith(table + "/" + id)).toList();
              if (!found.isEmpty()) {
                s.set("found", found);
              }
              s.tell("finds %s %s%s".formatted(id, found.isEmpty() ? "not " : "", table));
            })
        .step(
            s -> s.has("found"),
            s -> {
              for (Object found : s.get("found", List.class).orElseThrow()) {
                String key = (String) found;
                if (s.lock(key, Object.class).filter(row -> !row.equals(Row.ABSENT)).isPresent()) {
                  s.delete(key);
                  s.forget("left");
                  s.tell("deletes " + key);
                } else {
                  s.tell("finds it gone when it has the lock");
                }
              }
              s.forget("found");
            });
  }

  // mq_unblock_v1.

  Program unblocker(String name, String id) {
    return Program.readCommitted(name)
        .step(
            s -> {
              s.lock("dead/" + id, Job.class);
              s.delete("dead/" + id);
              s.tell("lets the channel go on");
            })
        .step(this::leaveWake)
        .commit();
  }

  private void leaveWake(Session s) {
    s.add("wakes/1", "wake");
    s.tell("leaves a wake");
  }

  // What all of them see.

  private static Optional<Job> head(Session s) {
    return s.all("jobs", Job.class).stream().min(Comparator.comparingInt(Job::seq));
  }

  private static Optional<Job> holderBefore(Session s, Job job) {
    return s.all("dead", Job.class).stream().filter(dead -> dead.seq() < job.seq()).findFirst();
  }

  private static Optional<Job> next(Session s, Job ended) {
    return s.all("jobs", Job.class).stream()
        .filter(job -> job.seq() > ended.seq())
        .min(Comparator.comparingInt(Job::seq));
  }

  // What must hold.

  static Optional<String> broken(World world, boolean atRest) {
    List<Job> live = world.committed("jobs", Job.class);
    List<Job> runs = world.committed("claims", Job.class).stream().filter(live::contains).toList();
    if (new HashSet<>(runs).size() > 1) {
      return Optional.of("two jobs of the channel run: " + runs);
    }
    List<?> started = world.history("started");
    if (new HashSet<>(started).size() < started.size()) {
      return Optional.of("a run was given out twice: " + started);
    }
    List<?> inOrderOfCommits = world.history("sent").stream().filter(started::contains).toList();
    List<?> inOrderOfStarts = started.stream().filter(world.history("sent")::contains).toList();
    if (!inOrderOfStarts.equals(inOrderOfCommits)) {
      return Optional.of("sent %s but started %s".formatted(inOrderOfCommits, inOrderOfStarts));
    }
    return atRest ? misplaced(world, live, runs) : Optional.empty();
  }

  private static Optional<String> misplaced(World world, List<Job> live, List<Job> runs) {
    for (Job job : live) {
      List<Object> places = new ArrayList<>();
      places.addAll(
          world.committed("ready", Ready.class).stream().filter(row -> isOf(job, row)).toList());
      for (String table : List.of("delayed", "parked")) {
        places.addAll(
            world.committed(table, String.class).stream()
                .filter(job.id()::equals)
                .map(id -> table)
                .toList());
      }
      places.addAll(runs.stream().filter(job::equals).toList());
      if (places.size() != 1) {
        return Optional.of("%s is in %s".formatted(job, places));
      }
    }
    for (String id : world.committed("parked", String.class)) {
      if (live.stream().noneMatch(job -> job.id().equals(id))) {
        return Optional.of("a parked row of " + id + ", which is gone");
      }
    }
    Optional<Job> head = live.stream().min(Comparator.comparingInt(Job::seq));
    boolean isStuck =
        head.isPresent()
            && world.committed("parked", String.class).contains(head.get().id())
            && world.committed("dead", Job.class).isEmpty()
            && world.committed("wakes", String.class).isEmpty();
    return isStuck
        ? Optional.of(head.get() + " is parked, and nothing is before it")
        : Optional.empty();
  }
}
