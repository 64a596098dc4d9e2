package io.jdbcmq.internal.runner;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How a runner stops the handler of a run: by an interrupt, and by dropping what the handler does
 * after that. Thread-safe.
 */
final class Leash {
  private static final int MAX_FRAMES = 30;

  /** Why a handler is stopped. */
  sealed interface Reason {
    /** The lease is lost, and with it the right to say anything about the job. */
    record LeaseLost() implements Reason {}

    /** The job is gone: cancelled or cleared. */
    record Gone() implements Reason {}

    /** It took too long: the attempt has failed, with this error. */
    record Overdue(String error) implements Reason {}
  }

  private @Nullable Thread thread; // guarded by this
  private boolean ended; // guarded by this
  private boolean reported; // guarded by this
  private volatile boolean fenced;
  private volatile @Nullable Reason reason;

  /** The handler starts in this thread, which can be interrupted from now on. */
  synchronized void enter() {
    thread = Thread.currentThread();
    if (reason != null) {
      Thread.currentThread().interrupt();
    }
  }

  /** The handler has ended: an interrupt must not hit what the thread does next. */
  synchronized void leave() {
    thread = null;
    ended = true;
    Thread.interrupted();
  }

  /** The lease is lost, whatever else was the matter before. */
  void fence() {
    fenced = true;
    stop(new Reason.LeaseLost());
  }

  boolean isFenced() {
    return fenced;
  }

  /** Stops the handler, unless it has ended; the first reason holds. True if this was it. */
  synchronized boolean stop(Reason why) {
    if (ended || reason != null) {
      interrupt();
      return false;
    }
    reason = why;
    interrupt();
    return true;
  }

  Optional<Reason> reason() {
    return Optional.ofNullable(reason);
  }

  synchronized void interrupt() {
    if (thread != null) {
      thread.interrupt();
    }
  }

  /** Whether the handler is running. */
  synchronized boolean isRunning() {
    return thread != null;
  }

  /** The right to report the outcome: true for the first one who asks. */
  synchronized boolean report() {
    boolean first = !reported;
    reported = true;
    return first;
  }

  /** Takes the right to report the outcome from a handler that is still running. */
  synchronized boolean reportInstead() {
    return thread != null && report();
  }

  /** Where the handler is now, for the error of the attempt; empty once it has ended. */
  String whereabouts() {
    Thread running;
    synchronized (this) {
      running = thread;
    }
    return running == null
        ? ""
        : Arrays.stream(running.getStackTrace())
            .limit(MAX_FRAMES)
            .map(frame -> "\n\tat " + frame)
            .collect(Collectors.joining());
  }
}
