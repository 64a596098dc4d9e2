package io.jdbcmq.internal.events;

import io.jdbcmq.spi.JobEvent;
import io.jdbcmq.spi.JobListener;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells listeners; none of them can disturb the queue by what it throws. Thread-safe. */
public final class Events {
  private static final Logger LOG = LoggerFactory.getLogger(Events.class);

  private final List<JobListener> listeners;
  private final Set<Class<?>> reported = ConcurrentHashMap.newKeySet();

  /** Events for these listeners. */
  public Events(List<JobListener> listeners) {
    this.listeners = List.copyOf(listeners);
  }

  /**
   * Tells all listeners.
   *
   * @param event made only if somebody listens
   */
  public void publish(Supplier<? extends JobEvent> event) {
    if (listeners.isEmpty()) {
      return;
    }
    JobEvent made = event.get();
    for (JobListener listener : listeners) {
      try {
        listener.on(made);
      } catch (Throwable e) { // an error, too: who tells has a job to bring to its end
        report(listener, made, e);
      }
    }
  }

  /** Once for each class of listeners: it may fail for each job. */
  private void report(JobListener listener, JobEvent event, Throwable e) {
    if (reported.add(listener.getClass())) {
      // The message may quote that of a handler's error, and so the payload.
      LOG.warn(
          "listener {} failed at a {}: {}; further failures of it are not logged",
          listener.getClass().getName(),
          event.getClass().getSimpleName(),
          e.getClass().getName());
      LOG.debug("listener {} failed", listener.getClass().getName(), e);
    }
  }
}
