package io.jdbcmq.spring;

import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.JobRunner;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.SmartLifecycle;

/**
 * Starts the runner when the application has started, with its web server, and stops it when the
 * application stops. Thread-safe.
 *
 * <p>It stops in the phase in which a web server ends its requests gracefully: beside it, before
 * the server and long before the data source. The runner stops fetching at once; its handlers have
 * {@code jdbcmq.runner.shutdown-timeout} to end. If Spring loses patience with the phase, the beans
 * that the handlers use are nevertheless destroyed only after the runner has stopped.
 */
public final class JobRunnerLifecycle implements SmartLifecycle, DisposableBean {
  /** That of the graceful shutdown of web servers, {@code GRACEFUL_SHUTDOWN_PHASE}. */
  public static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 1024;

  private static final Logger LOG = LoggerFactory.getLogger(JobRunnerLifecycle.class);

  private final JobQueue queue;
  private final Supplier<JobRegistry> registry;
  private final JdbcmqProperties.Runner settings;
  private final List<JobRunnerCustomizer> customizers;
  private final QueueMigration migration;
  private volatile Optional<JobRunner> runner = Optional.empty(); // changed by holders of this
  private volatile boolean running;

  /** A runner that is not started yet. */
  JobRunnerLifecycle(
      JobQueue queue,
      Supplier<JobRegistry> registry,
      JdbcmqProperties.Runner settings,
      List<JobRunnerCustomizer> customizers,
      QueueMigration migration) {
    this.queue = queue;
    this.registry = registry;
    this.settings = settings;
    this.customizers = List.copyOf(customizers);
    this.migration = migration;
    configured(JobRegistry.builder().build()); // so that a wrong property is refused early
  }

  /** The runner; empty: it is not running, or there are no handlers. Does not wait for a stop. */
  public Optional<JobRunner> runner() {
    return runner;
  }

  @Override
  public synchronized void start() {
    if (running) {
      return;
    }
    migration.migrate(queue);
    JobRegistry jobs = registry.get();
    if (jobs.jobNames().isEmpty()) {
      LOG.info("no @Job methods and no JobBindings: this application sends jobs and runs none");
    } else {
      JobRunner.Builder builder = configured(jobs);
      customizers.forEach(customizer -> customizer.customize(builder));
      runner = Optional.of(builder.start());
      LOG.info("running jobs named {}", jobs.jobNames().stream().sorted().toList());
    }
    running = true;
  }

  private JobRunner.Builder configured(JobRegistry jobs) {
    JobRunner.Builder builder = queue.runner(jobs);
    String prefix = "jdbcmq.runner.";
    List<String> channels = settings.channels();
    if (!channels.isEmpty()) {
      PropertyChecks.using(
          prefix + "channels", channels, () -> builder.channels(channels.toArray(String[]::new)));
    }
    int min = settings.concurrency().minOrDefault();
    int max = settings.concurrency().maxOrDefault();
    PropertyChecks.using(
        prefix + "concurrency", min + " to " + max, () -> builder.concurrency(min, max));
    Duration lease = settings.lease();
    PropertyChecks.using(prefix + "lease", lease, () -> builder.lease(lease));
    Duration interval = settings.pollInterval();
    PropertyChecks.using(prefix + "poll-interval", interval, () -> builder.pollInterval(interval));
    Duration timeout = settings.shutdownTimeout();
    PropertyChecks.using(
        prefix + "shutdown-timeout", timeout, () -> builder.shutdownTimeout(timeout));
    if (settings.pollOnly()) {
      builder.pollOnly();
    }
    return builder.keepAlive(settings.keepAlive());
  }

  /** Beside the other members of the phase, so in a thread of its own. */
  @Override
  public void stop(Runnable callback) {
    Thread stopping =
        new Thread(
            () -> {
              try {
                stop();
              } finally {
                callback.run();
              }
            },
            "jdbcmq-runner-stop");
    stopping.start();
  }

  @Override
  public synchronized void stop() {
    runner.ifPresent(JobRunner::close);
    runner = Optional.empty();
    running = false;
  }

  /** Waits for a stop that is under way: nothing that handlers use may go before. */
  @Override
  public void destroy() {
    stop();
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  @Override
  public int getPhase() {
    return PHASE;
  }
}
