package io.jdbcmq.internal.runner;

import io.jdbcmq.internal.events.Events;
import io.jdbcmq.job.Attempt;
import io.jdbcmq.job.GiveUpException;
import io.jdbcmq.job.LeaseLostException;
import io.jdbcmq.spi.JobEvent;
import io.jdbcmq.spi.JobEvent.Result;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Tells listeners how runs begin and end. Thread-safe. */
final class RunEvents {
  private final Events events;
  private final BiConsumer<Attempt, Throwable> onError;

  RunEvents(Events events, BiConsumer<Attempt, Throwable> onError) {
    this.events = events;
    this.onError = onError;
  }

  /** The handler starts. */
  void started(Run run) {
    events.publish(() -> new JobEvent.Started(run.attempt()));
  }

  /**
   * The run has ended with this outcome, or its handler is not waited for any longer. Told once,
   * and for the first time only.
   */
  void ended(Outcome outcome) {
    Run run = outcome.run();
    boolean unknown = outcome instanceof Outcome.InDoubt && !run.leash().isFenced();
    if (unknown || !run.tellOfEnd()) { // how a run in doubt ends is found out later
      return;
    }
    Result result = resultOf(outcome);
    Throwable error = errorOf(outcome);
    if (error != null && result != Result.STOPPED) {
      onError.accept(run.attempt(), error);
    }
    events.publish(
        () -> new JobEvent.Ended(run.attempt(), result, Optional.ofNullable(error), run.took()));
    if (result == Result.GAVE_UP && outcome instanceof Outcome.Done) {
      died(run); // in a transaction of the handler; else it is told when the outcome is stored
    }
  }

  /** The database has made a dead letter of it. */
  void died(Run run) {
    events.publish(() -> new JobEvent.Died(run.attempt()));
  }

  /** A failover has undone what became of it. */
  void undone(UUID jobId, UUID runnerId, boolean dead) {
    events.publish(() -> new JobEvent.Rescued(jobId, runnerId, dead));
  }

  /** The database has taken outcomes. */
  void settled(Settlements.Kind kind, int jobs, long begunNanos) {
    events.publish(
        () ->
            new JobEvent.Settled(
                switch (kind) {
                  case COMPLETED -> Result.COMPLETED;
                  case FAILED -> Result.FAILED;
                  case SNOOZED -> Result.SNOOZED;
                  case UNKNOWN -> Result.UNKNOWN;
                  case UNSTARTED -> Result.HANDED_BACK;
                },
                jobs,
                Duration.ofNanos(System.nanoTime() - begunNanos)));
  }

  /** The database has not taken outcomes. */
  void failedToSettle(Exception error, long begunNanos) {
    events.publish(
        () ->
            new JobEvent.CallFailed(
                "settle", error, Duration.ofNanos(System.nanoTime() - begunNanos)));
  }

  private static Result resultOf(Outcome outcome) {
    boolean isRefused = outcome.run().thrown() instanceof LeaseLostException;
    if (outcome.run().leash().isFenced() || isRefused) {
      return Result.STOPPED;
    }
    if (outcome instanceof Outcome.Failed failed) {
      return failed.isFinal() ? Result.GAVE_UP : Result.FAILED;
    }
    if (outcome instanceof Outcome.HandedBack back) {
      return back.unknown() ? Result.UNKNOWN : Result.HANDED_BACK;
    }
    if (outcome instanceof Outcome.Snoozed) {
      return Result.SNOOZED;
    }
    return outcome instanceof Outcome.Done done ? resultOf(done) : Result.COMPLETED;
  }

  /** What the handler has settled by itself, if it has. */
  private static Result resultOf(Outcome.Done done) {
    if (!done.run().ending().isSettling()) { // the job is gone, whatever the handler had noted
      return Result.STOPPED;
    }
    return switch (done.run().ending().way()) {
      case NONE -> Result.STOPPED;
      case COMPLETE -> Result.COMPLETED;
      case SNOOZE -> Result.SNOOZED;
      case GIVE_UP -> Result.GAVE_UP;
    };
  }

  /** What the handler threw, or why the attempt failed all the same; null: neither. */
  static @Nullable Throwable errorOf(Outcome outcome) {
    Run run = outcome.run();
    Throwable thrown = run.thrown();
    if (outcome instanceof Outcome.Done && thrown == null) {
      return run.ending().isSettling()
              && run.noted() instanceof Outcome.Failed wish
              && wish.isFinal()
          ? new GiveUpException(wish.error()) // which the runner has stored with the transaction
          : null;
    }
    if (!(outcome instanceof Outcome.Failed failed)) {
      return thrown;
    }
    if (run.leash().reason().orElse(null) instanceof Leash.Reason.Overdue overdue) {
      Throwable late = new TimeoutException(overdue.error());
      return thrown == null ? late : late.initCause(thrown);
    }
    if (thrown != null) {
      return thrown;
    }
    return failed.isFinal()
        ? new GiveUpException(failed.error())
        : new IllegalStateException(failed.error());
  }
}
