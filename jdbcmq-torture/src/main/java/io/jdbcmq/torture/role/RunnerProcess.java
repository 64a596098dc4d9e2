package io.jdbcmq.torture.role;

import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.JobRunner;
import io.jdbcmq.torture.history.Event;
import io.jdbcmq.torture.history.Journal;
import java.io.IOException;
import java.time.Duration;

/** A process with a runner; shuts down when its input ends. */
public final class RunnerProcess {
  private static final int CONCURRENCY = 20;
  private static final Duration SHUTDOWN = Duration.ofSeconds(10);

  /** Exit code: a handler cannot be stopped, so that the lease is left to run out. */
  private static final int STILL_AT_WORK = 10;

  private RunnerProcess() {}

  /** Arguments: see {@link Settings}; then the size of the pool, and whether it knows all work. */
  public static void main(String[] args) throws Exception {
    Settings settings = Settings.of(args);
    int connections = Integer.parseInt(args[Settings.COUNT]);
    boolean hasSettled;
    try (ClosingPool pool = settings.pool(connections)) {
      JobQueue queue =
          JobQueue.builder(pool)
              .schema(settings.schema())
              .direct(settings.directDataSource())
              .build();
      hasSettled = run(queue, pool, settings, Boolean.parseBoolean(args[Settings.COUNT + 1]));
    }
    if (!hasSettled) {
      System.exit(STILL_AT_WORK);
    }
  }

  /**
   * Runs until told to end, and returns whether all handlers have ended. The history begins when
   * the library was found to be there.
   */
  private static boolean run(JobQueue queue, ClosingPool pool, Settings settings, boolean knowsAll)
      throws IOException {
    try (Journal journal = Journal.open(settings.folder(), settings.name())) {
      JobRegistry jobs =
          new Workers(pool, journal, settings.name(), settings.lease(), knowsAll).registry();
      JobRunner runner =
          queue
              .runner(jobs)
              .concurrency(CONCURRENCY / 2, CONCURRENCY)
              .lease(settings.lease())
              .pollInterval(Duration.ofMillis(500))
              .start();
      Health health = new Health(journal, settings.name());
      health.start();
      settings.awaitEndOfInput();
      journal.note(new Event.Stopping(System.nanoTime(), settings.name()));
      return runner.shutdown(SHUTDOWN);
    }
  }
}
