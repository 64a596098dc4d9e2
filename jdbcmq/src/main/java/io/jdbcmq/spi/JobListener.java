package io.jdbcmq.spi;

/**
 * Is told what the queue and its runners do: for metrics, logs and alarms. Thread-safe.
 *
 * <p>Called at once by the thread that does it, that of a sender, of a handler or of the runner: it
 * must not block, and must not call the queue. What it throws changes nothing, and is logged once.
 * New kinds of events may come with new versions.
 */
@FunctionalInterface
public interface JobListener {
  /** Something has happened. */
  void on(JobEvent event);
}
