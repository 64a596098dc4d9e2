package io.jdbcmq.torture.check;

import io.jdbcmq.torture.check.Leftovers.Effect;
import io.jdbcmq.torture.check.Violation.Promise;
import io.jdbcmq.torture.history.Event;
import io.jdbcmq.torture.history.Event.Act;
import io.jdbcmq.torture.history.Event.Outcome;
import io.jdbcmq.torture.history.Event.Payload;
import io.jdbcmq.torture.history.Event.Result;
import io.jdbcmq.torture.history.Event.Sent;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Tells a history by hand: each step is later than the one before. */
final class Story {
  private final List<Event> events = new ArrayList<>();
  private final List<Effect> effects = new ArrayList<>();
  private final Map<UUID, String> live = new HashMap<>();
  private final Map<UUID, Integer> dead = new HashMap<>();
  private final Map<Promise, Set<String>> seen = new EnumMap<>(Promise.class);
  private final List<Lapse> lapses = new ArrayList<>();
  private final List<String> late = new ArrayList<>();
  private long now;
  private int names;

  static Sent job(String work) {
    return new Sent(UUID.randomUUID(), work, Optional.empty(), Optional.empty(), false, 3, 0);
  }

  static Sent delayed(long milliseconds) {
    return new Sent(
        UUID.randomUUID(), "own", Optional.empty(), Optional.empty(), false, 3, milliseconds);
  }

  static Sent ordered(String args) {
    return new Sent(UUID.randomUUID(), "own", Optional.of(args), Optional.empty(), false, 3, 0);
  }

  static Sent holding(String work) {
    return new Sent(
        UUID.randomUUID(), work, Optional.of("holding-1"), Optional.empty(), false, 3, 0);
  }

  static Sent unique(String key) {
    return new Sent(UUID.randomUUID(), "own", Optional.empty(), Optional.of(key), false, 3, 0);
  }

  /** One of another name. */
  static Sent uniqueEffect(String key) {
    return new Sent(UUID.randomUUID(), "effect", Optional.empty(), Optional.of(key), false, 3, 0);
  }

  static Sent reserved() {
    return reserved(Optional.empty());
  }

  static Sent reserved(String key) {
    return reserved(Optional.of(key));
  }

  private static Sent reserved(Optional<String> key) {
    return new Sent(UUID.randomUUID(), "own", Optional.empty(), key, true, 3, 10);
  }

  /** Begins to send; returns the operation. */
  String sending(Sent... jobs) {
    String operation = "operation-" + ++names;
    events.add(new Event.Sending(++now, "producer", operation, List.of(jobs)));
    return operation;
  }

  Story ends(String operation, Result result) {
    events.add(new Event.Ended(++now, "producer", operation, result));
    return this;
  }

  Story sends(Result result, Sent... jobs) {
    return ends(sending(jobs), result);
  }

  Story commits(Sent job, Result result) {
    String operation = "operation-" + ++names;
    events.add(new Event.Committing(++now, "producer", operation, job.id()));
    return ends(operation, result);
  }

  Story cancels(Sent job, Result result) {
    String operation = "operation-" + ++names;
    events.add(new Event.Cancelling(++now, "producer", operation, job.id()));
    return ends(operation, result);
  }

  Story manages(Act act, Sent job, Result result) {
    return manages(act, job, 0, result);
  }

  /** As before; a reservation gets so many milliseconds. */
  Story manages(Act act, Sent job, long forMs, Result result) {
    String operation = "operation-" + ++names;
    events.add(new Event.Managing(++now, "producer", operation, act, job.id(), forMs));
    return ends(operation, result);
  }

  /** A run that gives its job up, which is dead then. */
  Story givesUp(Sent job) {
    return finishes(starts("runner", job, 1), Outcome.THREW).isDead(job);
  }

  /** A handler starts; returns the run. */
  String starts(String process, Sent job, int attempt) {
    return starts(process, job, attempt, Payload.SENT);
  }

  /** As before; what it finds. */
  String starts(String process, Sent job, int attempt, Payload payload) {
    String run = "run-" + ++names;
    events.add(new Event.Started(++now, process, run, job.id(), attempt, payload));
    return run;
  }

  /** A handler begins to save a checkpoint. */
  Story saving(String run) {
    events.add(new Event.Saving(++now, "runner", run));
    return this;
  }

  /** What it was told about that. */
  Story saved(String run, boolean refused) {
    events.add(new Event.Saved(++now, "runner", run, refused));
    return this;
  }

  /** A process is told to end. */
  Story stops(String process) {
    events.add(new Event.Stopping(++now, process));
    return this;
  }

  /** A fault begins or ends. */
  Story fault(String name, boolean begins) {
    events.add(new Event.Fault(++now, "harness", name, begins));
    return this;
  }

  /** Time passes. */
  Story passes(long milliseconds) {
    now += milliseconds * 1_000_000;
    return this;
  }

  /** Time passes, and then something is committed. */
  Story committed(long milliseconds) {
    return passes(milliseconds).ends("operation-" + ++names, Result.OK);
  }

  /** Time passes, and then a process notes that it is at work. */
  Story isAtWork(String process, long milliseconds) {
    passes(milliseconds);
    events.add(new Event.Health(++now, process, 1, 1));
    return this;
  }

  /** Time passes, in which a process notes that it is at work, often enough. */
  Story isAwake(String process, long milliseconds) {
    for (long passed = 0; passed < milliseconds; passed += 250) {
      isAtWork(process, 250);
    }
    return this;
  }

  Story completing(String run) {
    events.add(new Event.Completing(++now, "runner", run));
    return this;
  }

  Story finishes(String run, Outcome outcome) {
    events.add(new Event.Finished(++now, "runner", run, outcome));
    return this;
  }

  /** The database has the effect of a run. */
  Story leaves(Sent job, String run) {
    effects.add(new Effect(effects.size() + 1, job.id(), run));
    return this;
  }

  /** A whole run without trouble. */
  Story runs(Sent job) {
    String run = starts("runner", job, 1);
    return completing(run).finishes(run, Outcome.COMPLETED).leaves(job, run);
  }

  /** A run that fails. */
  Story fails(Sent job, int attempt) {
    return finishes(starts("runner", job, attempt), Outcome.THREW);
  }

  Story isLive(Sent job) {
    live.put(job.id(), "ready");
    return this;
  }

  /** Dead in its last attempt. */
  Story isDead(Sent job) {
    return isDead(job, job.attempts());
  }

  Story isDead(Sent job, int attempt) {
    dead.put(job.id(), attempt);
    return this;
  }

  /** A send that was told that another job is there instead. */
  Story finds(Sent job, Sent there) {
    String operation = sending(job);
    return existing(operation, there).ends(operation, Result.ABSENT);
  }

  /** An operation is told that a job is there instead of one of its own. */
  Story existing(String operation, Sent there) {
    events.add(new Event.Existing(++now, "producer", operation, there.id()));
    return this;
  }

  /** The tables themselves have shown something. */
  Story shows(Promise promise, String finding) {
    seen.put(promise, Set.of(finding));
    return this;
  }

  /** The database has shown something that a fault may explain. */
  Story lapses(Promise promise, String what) {
    lapses.add(new Lapse(++now, promise, what));
    return this;
  }

  /** A runner had to be killed. */
  Story isLate(String runner) {
    late.add(runner);
    return this;
  }

  Verdict verdict() {
    return Checker.check(events, new Leftovers(live, dead, effects, seen, lapses, late), List.of());
  }
}
