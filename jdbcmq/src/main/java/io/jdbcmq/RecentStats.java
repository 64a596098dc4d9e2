package io.jdbcmq;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.jdbcmq.job.QueueStats;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The numbers of a queue for gauges and health checks: read when they are asked for, but at most
 * once per interval, however many ask. Thread-safe.
 *
 * <p>Never throws, and blocks for two seconds per interval at most: a database that does not answer
 * must not keep the other metrics of a process from being read. The statement itself runs in a
 * thread of its own that ends when it is not needed.
 */
public final class RecentStats {
  private static final Logger LOG = LoggerFactory.getLogger(RecentStats.class);
  private static final Duration SHORTEST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofDays(1);
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final Supplier<QueueStats> source;
  private final long intervalNanos;
  private final Duration patience;
  private final LongSupplier nanoClock;
  private final Executor reader = newReader();

  private Optional<FutureTask<QueueStats>> reading = Optional.empty();
  private Optional<QueueStats> latest = Optional.empty();
  private long askedAtNanos;
  private boolean reported;

  /**
   * The numbers of this queue.
   *
   * @param interval 100 ms to a day
   */
  public RecentStats(JobQueue queue, Duration interval) {
    this(queue::stats, interval, PATIENCE, System::nanoTime);
  }

  RecentStats(
      Supplier<QueueStats> source, Duration interval, Duration patience, LongSupplier nanoClock) {
    if (interval.compareTo(SHORTEST) < 0 || interval.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "interval must be %s to %s but was %s".formatted(SHORTEST, LONGEST, interval));
    }
    this.source = source;
    this.intervalNanos = interval.toNanos();
    this.patience = patience;
    this.nanoClock = nanoClock;
    this.askedAtNanos = nanoClock.getAsLong() - intervalNanos;
  }

  /**
   * The numbers, as old as the interval at most; the same object until they are read again.
   *
   * @return empty: the database could not be read, or has not answered yet
   */
  public synchronized Optional<QueueStats> get() {
    if (nanoClock.getAsLong() - askedAtNanos >= intervalNanos) {
      askedAtNanos = nanoClock.getAsLong();
      latest = Optional.empty();
      if (reading.isEmpty()) { // else the one before still waits for its answer
        FutureTask<QueueStats> task = new FutureTask<>(source::get);
        try {
          reader.execute(task);
          reading = Optional.of(task);
        } catch (RuntimeException | OutOfMemoryError e) { // no thread to be had
          report(e.toString());
        }
      }
      reading.ifPresent(task -> take(task, patience));
    } else if (reading.isPresent() && reading.get().isDone()) { // late, but still of use
      take(reading.get(), Duration.ZERO);
    }
    return latest;
  }

  private void take(FutureTask<QueueStats> task, Duration atMost) {
    try {
      latest = Optional.of(task.get(atMost.toNanos(), NANOSECONDS));
      reading = Optional.empty();
      reported = false;
    } catch (TimeoutException e) {
      report("it has not answered within " + patience);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      reading = Optional.empty();
      report(String.valueOf(e.getCause()));
    }
  }

  /** Once for each outage. */
  private void report(String found) {
    if (!reported) {
      LOG.warn("reading the numbers of the queue failed, so gauges have no value: {}", found);
      reported = true;
    }
  }

  private static Executor newReader() {
    return new ThreadPoolExecutor(
        0,
        2, // the one before may be just about to end
        10,
        SECONDS,
        new SynchronousQueue<>(),
        work -> {
          Thread thread = new Thread(work, "jdbcmq-stats");
          thread.setDaemon(true);
          return thread;
        });
  }
}
