package io.jdbcmq;

import io.jdbcmq.internal.runner.RunnerEngine;
import io.jdbcmq.internal.runner.RunnerSettings;
import io.jdbcmq.internal.sql.Database;
import io.jdbcmq.internal.sql.LeaseCalls.RunnerInfo;
import io.jdbcmq.internal.sql.Migrator;
import io.jdbcmq.internal.sql.SqlErrors;
import io.jdbcmq.job.SchemaException;
import io.jdbcmq.job.StorageException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Claims jobs and runs their handlers, until it is closed. Thread-safe.
 *
 * <p>Bounds: at most {@code max} handlers, and fewer than {@code 5 max} jobs in hand, those
 * included whose outcome is on its way to the database, each with its payload; two connections that
 * it keeps (one in poll-only mode); from the pool at most four at a time, and one for each
 * transactional handler that runs; eight threads beside those of the handlers.
 *
 * <p>A handler is interrupted when its job has timed out or was cancelled, when it was not kept
 * alive, when the lease was lost, and by a shutdown out of patience. One that does not heed an
 * interrupt cannot be stopped: it keeps its thread and its slot, whatever becomes of the job.
 *
 * <p>A runner never gives up: after an outage of the database it goes on by itself.
 */
public final class JobRunner implements AutoCloseable {
  private final RunnerEngine engine;
  private final Duration shutdownTimeout;
  private Optional<Boolean> stopped = Optional.empty(); // guarded by this

  private JobRunner(RunnerEngine engine, Duration shutdownTimeout) {
    this.engine = engine;
    this.shutdownTimeout = shutdownTimeout;
  }

  /**
   * The id under which it holds its lease; empty while it has none. A lost lease gives a new id.
   */
  public Optional<UUID> id() {
    return engine.runnerId();
  }

  /** How many handlers run now. */
  public int running() {
    return engine.running();
  }

  /**
   * Stops. Fetches no more at once, hands back what has not started, waits for the handlers, and
   * interrupts those that take longer than told; an interrupted handler that throws has used an
   * attempt. Blocks for up to {@code patience}, and up to two minutes more if the database does not
   * answer. A further call returns what the first one did. An interrupt of the calling thread ends
   * its patience.
   *
   * @param patience how long handlers may take, 0 or more
   * @return whether all handlers have ended and all outcomes are stored; false: what is left is
   *     rescued by another runner when the lease has run out
   */
  public synchronized boolean shutdown(Duration patience) {
    if (stopped.isEmpty()) {
      stopped = Optional.of(engine.stop(patience));
    }
    return stopped.get();
  }

  /** Stops with the patience that the builder was told, 30 seconds otherwise. */
  @Override
  public void close() {
    shutdown(shutdownTimeout);
  }

  /** Settings of a runner. Not thread-safe. */
  public static final class Builder {
    private static final int MAX_CONCURRENCY = 10_000;

    private final JobQueue queue;
    private final JobRegistry registry;
    private Set<String> channels = Set.of();
    private int minConcurrency = 10;
    private int maxConcurrency = 20;
    private Duration lease = Duration.ofSeconds(15);
    private Duration pollInterval = Duration.ofSeconds(1);
    private Duration shutdownTimeout = Duration.ofSeconds(30);
    private boolean pollOnly;
    private boolean keepAlive = true;
    private Duration grace = Duration.ofSeconds(10);

    Builder(JobQueue queue, JobRegistry registry) {
      this.queue = queue;
      this.registry = registry;
    }

    /** Listens to the channel groups of these names only. Otherwise to all. */
    public Builder channels(String... names) {
      if (names.length == 0) {
        throw new IllegalArgumentException(
            "name a channel, or leave the call out to listen to all");
      }
      this.channels = new LinkedHashSet<>(Channels.groups(Arrays.asList(names)));
      return this;
    }

    /**
     * Fetches work while fewer than {@code min} jobs run, and runs {@code max} at most. Otherwise
     * 10 and 20.
     *
     * @param min 1 to {@code max}
     * @param max up to 10,000
     */
    public Builder concurrency(int min, int max) {
      if (min < 1 || max < min || max > MAX_CONCURRENCY) {
        throw new IllegalArgumentException(
            "concurrency must be 1 <= min <= max <= %d but was %d and %d"
                .formatted(MAX_CONCURRENCY, min, max));
      }
      this.minConcurrency = min;
      this.maxConcurrency = max;
      return this;
    }

    /**
     * Is taken for lost when its lease has not been renewed for this long, 1 second to 1 hour. A
     * live runner renews it three times as often. Otherwise 15 seconds.
     */
    public Builder lease(Duration lease) {
      this.lease = inRange("lease", lease, Duration.ofSeconds(1), Duration.ofHours(1));
      return this;
    }

    /**
     * Looks for work at least this often while idle, 10 ms to 1 hour: what a notification did not
     * tell of is found by then. Otherwise 1 second.
     */
    public Builder pollInterval(Duration interval) {
      this.pollInterval =
          inRange("poll interval", interval, Duration.ofMillis(10), Duration.ofHours(1));
      return this;
    }

    /** Does without LISTEN and NOTIFY: behind a pooler in transaction mode, for example. */
    public Builder pollOnly() {
      this.pollOnly = true;
      return this;
    }

    /**
     * Whether the runner keeps its runs alive for as long as it lives itself. Otherwise it does.
     *
     * <p>With false each run has to be kept alive by its handler: with {@link
     * io.jdbcmq.job.CurrentJob#keepAlive}, or by a checkpoint that says so. A run that has not been
     * kept alive for the length of the lease is interrupted, and has failed its attempt: a handler
     * that hangs is noticed although its runner lives.
     */
    public Builder keepAlive(boolean keepAlive) {
      this.keepAlive = keepAlive;
      return this;
    }

    /** For tests: how long an interrupted handler may take to end; otherwise 10 seconds. */
    Builder grace(Duration grace) {
      this.grace = grace;
      return this;
    }

    /** Waits this long for handlers in {@link #close}, 0 or more. Otherwise 30 seconds. */
    public Builder shutdownTimeout(Duration timeout) {
      this.shutdownTimeout =
          inRange("shutdown timeout", timeout, Duration.ZERO, Duration.ofDays(1));
      return this;
    }

    /**
     * Checks the schema, registers the runner and starts it.
     *
     * @throws io.jdbcmq.job.PayloadException if a handler wants its payload decoded, and there is
     *     no codec
     * @throws SchemaException if the schema is missing, older than this library needs, or says that
     *     it needs a newer one
     * @throws StorageException if the database refused it or could not be reached
     */
    public JobRunner start() {
      if (registry.jobNames().isEmpty()) {
        throw new IllegalArgumentException("the registry has no handlers: a runner needs one");
      }
      if (registry.decodes()) {
        Codecs.requireReal(queue.codec());
      }
      queue.withConnection(
          "reading the schema's version",
          connection -> {
            new Migrator(queue.schema()).requireCurrent(connection);
            return true;
          });
      RunnerEngine engine =
          new RunnerEngine(
              new RunnerSettings(
                  List.copyOf(channels),
                  minConcurrency,
                  maxConcurrency,
                  lease,
                  pollInterval,
                  pollOnly,
                  keepAlive,
                  grace),
              registry.handlersFor(queue),
              queue.schema(),
              Database.of(queue.dataSource()),
              Database.of(queue.direct()),
              queue.codec(),
              info(),
              queue.localSignals(),
              queue.events());
      try {
        engine.start();
      } catch (SQLException e) {
        throw SqlErrors.storage("registering the runner", e);
      }
      return new JobRunner(engine, shutdownTimeout);
    }

    private RunnerInfo info() {
      String version = JobRunner.class.getPackage().getImplementationVersion();
      return new RunnerInfo(
          ProcessHandle.current().pid(),
          hostName(),
          version == null ? "development" : version,
          List.copyOf(channels));
    }

    private static String hostName() {
      try {
        return InetAddress.getLocalHost().getHostName();
      } catch (UnknownHostException e) {
        return "unknown";
      }
    }

    private static Duration inRange(String what, Duration value, Duration min, Duration max) {
      if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
        throw new IllegalArgumentException(
            what + " must be " + min + " to " + max + " but was " + value);
      }
      return value;
    }
  }
}
