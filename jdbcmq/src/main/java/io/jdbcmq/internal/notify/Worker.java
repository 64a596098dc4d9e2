package io.jdbcmq.internal.notify;

import io.jdbcmq.internal.sql.SqlErrors;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A daemon thread of a runner that repeats one step until it is stopped, whatever goes wrong in it:
 * a runner never gives up.
 */
public final class Worker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

  private final String name;
  private final Thread thread;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Backoff backoff;
  private boolean troubled;

  /** What the thread repeats. */
  @FunctionalInterface
  public interface Step {
    /**
     * Does one round, waiting included.
     *
     * @throws Exception if it went wrong: it is repeated after a pause
     */
    void run() throws Exception;
  }

  /**
   * A thread, not yet started.
   *
   * @param name for the thread and the log
   * @param maxPause longest pause between tries while the step fails
   */
  public Worker(String name, Duration maxPause, Step step) {
    this.backoff = new Backoff(maxPause);
    this.name = name;
    this.thread = new Thread(() -> repeat(step), "jdbcmq-" + name);
    this.thread.setDaemon(true);
  }

  /** Starts the thread. */
  public void start() {
    thread.start();
  }

  /** Whether the step should come to an end. */
  public boolean isStopping() {
    return stopping.getCount() == 0;
  }

  /** Asks the thread to stop after its present step, without waiting for it. */
  public void stop() {
    stopping.countDown();
  }

  /** Waits for this time, or until asked to stop. */
  public void pause(Duration atMost) throws InterruptedException {
    if (stopping.await(atMost.toNanos(), TimeUnit.NANOSECONDS)) {
      LOG.trace("{} was asked to stop", name);
    }
  }

  /** Waits until the thread has ended, for at most this time; true if it has. */
  public boolean join(Duration atMost) {
    try {
      thread.join(Math.max(1, atMost.toMillis()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return !thread.isAlive();
  }

  /** Asks the thread to stop and interrupts what it waits for. */
  @Override
  public void close() {
    stop();
    thread.interrupt();
  }

  private void repeat(Step step) {
    while (!isStopping()) {
      try {
        step.run();
        recovered();
      } catch (InterruptedException e) {
        // Only close() interrupts, and then the loop ends.
      } catch (Throwable e) { // also an OutOfMemoryError passes
        if (!isStopping()) {
          reportQuietly(e);
          pauseQuietly(backoff.next());
        }
      }
    }
  }

  private void recovered() {
    if (troubled) {
      troubled = false;
      backoff.reset();
      LOG.info("{} works again", name);
    }
  }

  private void reportQuietly(Throwable e) {
    try {
      report(e);
    } catch (Throwable unreportable) {
      // No memory for a message, or a log that throws: the work goes on without it.
    }
  }

  private void pauseQuietly(Duration atMost) {
    try {
      pause(atMost);
    } catch (InterruptedException e) {
      // as above
    }
  }

  /** Warns once per outage: the tries in between fail for the same reason. */
  private void report(Throwable e) {
    if (troubled) {
      LOG.debug("{} failed again: {}", name, SqlErrors.describe(e));
    } else {
      troubled = true;
      LOG.warn("{} failed and tries again until it works: {}", name, SqlErrors.describe(e));
    }
  }
}
