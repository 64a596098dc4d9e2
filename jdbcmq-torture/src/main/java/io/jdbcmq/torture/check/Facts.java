package io.jdbcmq.torture.check;

import io.jdbcmq.torture.check.Leftovers.Effect;
import io.jdbcmq.torture.check.Violation.Promise;
import io.jdbcmq.torture.history.Event;
import io.jdbcmq.torture.history.Event.Result;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A history by job. */
final class Facts {
  private final Map<UUID, Job> jobs = new LinkedHashMap<>();
  private final Map<String, Run> runs = new HashMap<>();
  private final Map<String, Event.Stopping> stopping = new HashMap<>();
  private final Map<String, List<Optional<Job>>> instead = new HashMap<>();
  private final List<Violation> spurious = new ArrayList<>();

  Facts(List<Event> events, Leftovers leftovers) {
    Map<String, Event.Ended> ends = new HashMap<>();
    for (Event event : events) {
      if (event instanceof Event.Ended ended) {
        ends.put(ended.operation(), ended);
      }
    }
    for (Event event : events) {
      if (event instanceof Event.Sending sending) {
        int position = 0;
        for (Event.Sent sent : sending.jobs()) {
          Operation operation = new Operation(sending, ends.get(sending.operation()));
          jobs.put(sent.id(), new Job(sent, operation, position++));
        }
      } else if (event instanceof Event.Started started) {
        runs.put(started.run(), new Run(started));
      }
    }
    for (Event event : events) {
      if (event instanceof Event.Committing committing) {
        job(committing.job()).commit =
            Optional.of(new Operation(committing, ends.get(committing.operation())));
      } else if (event instanceof Event.Cancelling cancelling) {
        job(cancelling.job()).cancel =
            Optional.of(new Operation(cancelling, ends.get(cancelling.operation())));
      } else if (event instanceof Event.Existing existing) {
        instead
            .computeIfAbsent(existing.operation(), operation -> new ArrayList<>())
            .add(Optional.ofNullable(jobs.get(existing.job())));
      } else if (event instanceof Event.Managing managing) {
        // By the id in the tables, which is not that of the histories where the library has made
        // it.
        Optional.ofNullable(jobs.get(managing.job()))
            .ifPresent(
                job -> job.managed.add(new Operation(managing, ends.get(managing.operation()))));
      } else if (event instanceof Event.Completing completing) {
        run(completing.run()).completing = completing;
      } else if (event instanceof Event.Finished finished) {
        run(finished.run()).finished = finished;
      } else if (event instanceof Event.Saving saving) {
        run(saving.run()).saving = saving;
      } else if (event instanceof Event.Saved saved) {
        run(saved.run()).saved = saved;
      } else if (event instanceof Event.Stopping stopping) {
        this.stopping.put(stopping.process(), stopping);
      }
    }
    for (Run run : runs.values()) {
      Job job = jobs.get(run.started.job());
      if (job == null) {
        spurious(run.events(), "job %s ran, which nobody has sent", run.started.job());
      } else {
        job.runs.add(run);
      }
    }
    jobs.values()
        .forEach(job -> job.runs.sort(Comparator.comparingLong(run -> run.started.nanos())));
    for (Effect effect : leftovers.effects()) {
      Run run = runs.get(effect.run());
      Job job = jobs.get(effect.job());
      if (run == null) {
        spurious(List.of(), "an effect is of run %s, which has not started", effect.run());
      } else if (job == null || !run.started.job().equals(effect.job())) {
        spurious(run.events(), "the effect of a run is of another job: %s", effect.job());
      } else {
        job.effects.add(effect);
      }
    }
  }

  private void spurious(List<Event> evidence, String what, Object of) {
    spurious.add(new Violation(Promise.NOTHING_SPURIOUS, what.formatted(of), evidence));
  }

  /** Runs and effects that belong to nothing that was sent, or that has run. */
  List<Violation> spurious() {
    return spurious;
  }

  Collection<Job> jobs() {
    return jobs.values();
  }

  Optional<Run> runOf(Effect effect) {
    return Optional.ofNullable(runs.get(effect.run()));
  }

  /** When a job that has an effect was about to be completed; long ago, if that was not noted. */
  long completingNanos(Job job) {
    return runOf(job.effects.get(0)).orElseThrow().completingNanos();
  }

  /** When the process of a run was told to end; never, if it was not. */
  long stoppingNanos(Run run) {
    Event.Stopping event = stopping.get(run.started.process());
    return event == null ? Long.MAX_VALUE : event.nanos();
  }

  /** Whether the process of a run was told to end before the run had: it may hand it back. */
  boolean wasStopped(Run run) {
    long stopped = stoppingNanos(run);
    return stopped < Long.MAX_VALUE && (run.finished == null || run.finished.nanos() > stopped);
  }

  /**
   * The jobs that are said to be there instead of those that an operation was to send; empty where
   * nobody has sent one.
   */
  List<Optional<Job>> insteadOf(Event.Sending sending) {
    return instead.getOrDefault(sending.operation(), List.of());
  }

  private Job job(UUID id) {
    Job job = jobs.get(id);
    if (job == null) {
      throw new IllegalArgumentException("the histories do not tell who has sent job " + id);
    }
    return job;
  }

  private Run run(String id) {
    Run run = runs.get(id);
    if (run == null) {
      throw new IllegalArgumentException("the histories do not tell of the start of run " + id);
    }
    return run;
  }

  /** What is known of a job. */
  static final class Job {
    final Event.Sent sent;
    final Operation sending;
    final int position;
    final List<Run> runs = new ArrayList<>();
    final List<Effect> effects = new ArrayList<>();
    final List<Operation> managed = new ArrayList<>();
    Optional<Operation> commit = Optional.empty();
    Optional<Operation> cancel = Optional.empty();

    Job(Event.Sent sent, Operation sending, int position) {
      this.sent = sent;
      this.sending = sending;
      this.position = position;
    }

    UUID id() {
      return sent.id();
    }

    /** Whether its sender was told that it will run. */
    boolean isAcknowledged() {
      return sending.result() == Result.OK
          && (!sent.reserved() || commit.map(Operation::result).equals(Optional.of(Result.OK)));
    }

    /** What was done to it, or may have been. */
    Stream<Operation> managed(Event.Act act) {
      return managed.stream()
          .filter(operation -> ((Event.Managing) operation.begun()).act() == act)
          .filter(operation -> !operation.result().isInVain());
    }

    boolean mayBeCancelled() {
      return cancel.map(Operation::result).filter(result -> !result.isInVain()).isPresent();
    }

    /** Checkpoints of its runs that were saved. */
    long saved() {
      return runs.stream().filter(run -> run.saved != null && !run.saved.refused()).count();
    }

    /** Checkpoints that may have been saved: they were not answered. */
    long perhapsSaved() {
      return runs.stream().filter(run -> run.saving != null && run.saved == null).count();
    }

    /** When somebody was told that it is over; it may have been live until then. */
    long perhapsLiveUntilNanos() {
      return Stream.concat(
              runs.stream()
                  .filter(run -> run.ended(Event.Outcome.COMPLETED))
                  .map(run -> Objects.requireNonNull(run.finished).nanos()),
              cancel.stream()
                  .filter(operation -> operation.result().isDone())
                  .map(Operation::endNanos))
          .min(Comparator.naturalOrder())
          .orElse(Long.MAX_VALUE);
    }

    /** What is wrong with it. */
    Violation violation(Promise promise, String what) {
      return new Violation(promise, text(what), evidence());
    }

    /** What is wrong with it and another one. */
    Violation violation(Promise promise, Job other, String what) {
      List<Event> events =
          Stream.concat(evidence().stream(), other.evidence().stream()).distinct().toList();
      return new Violation(promise, text(what) + " (" + other.id() + ")", events);
    }

    private String text(String what) {
      return "job %s (%s) %s".formatted(id(), sent.work(), what);
    }

    /** All that was noted of it, and nothing of the jobs that were sent with it. */
    List<Event> evidence() {
      List<Event> events = new ArrayList<>();
      for (Event event : sending.events()) {
        events.add(event instanceof Event.Sending sending ? sending.only(sent) : event);
      }
      commit.ifPresent(operation -> events.addAll(operation.events()));
      cancel.ifPresent(operation -> events.addAll(operation.events()));
      managed.forEach(operation -> events.addAll(operation.events()));
      runs.forEach(run -> events.addAll(run.events()));
      return events;
    }
  }

  /** A call of a producer, and what it was told. */
  record Operation(Event begun, Event.@Nullable Ended ended) {
    /** A call that was not answered, because its process died, may have done its work. */
    Result result() {
      return ended == null ? Result.UNKNOWN : ended.result();
    }

    /** When it was told; never, if it was not. */
    long endNanos() {
      return ended == null ? Long.MAX_VALUE : ended.nanos();
    }

    /** One that was not answered may go on after its caller has given up. */
    boolean mayEndAfter(long nanos) {
      return result() == Result.UNKNOWN || endNanos() > nanos;
    }

    List<Event> events() {
      return ended == null ? List.of(begun) : List.of(begun, ended);
    }
  }

  /** What is known of a run. */
  static final class Run {
    final Event.Started started;
    Event.@Nullable Saving saving;
    Event.@Nullable Saved saved;
    Event.@Nullable Completing completing;
    Event.@Nullable Finished finished;

    Run(Event.Started started) {
      this.started = started;
    }

    /** When it was about to complete its job; long ago, if that was not noted. */
    long completingNanos() {
      return completing == null ? Long.MIN_VALUE : completing.nanos();
    }

    boolean ended(Event.Outcome outcome) {
      return finished != null && finished.outcome() == outcome;
    }

    List<Event> events() {
      return Stream.of(started, saving, saved, completing, finished)
          .filter(Objects::nonNull)
          .map(Event.class::cast)
          .toList();
    }
  }
}
