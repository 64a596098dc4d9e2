package io.jdbcmq.internal.maintenance;

import io.jdbcmq.internal.events.Events;
import io.jdbcmq.internal.notify.Worker;
import io.jdbcmq.internal.sql.Database;
import io.jdbcmq.internal.sql.LeaseCalls;
import io.jdbcmq.internal.sql.LeaseCalls.Rescued;
import io.jdbcmq.spi.JobEvent;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Fails the runs of lost runners, so that their jobs run elsewhere. Every runner does it. */
public final class Rescuer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Rescuer.class);
  private static final int MAX_CLAIMS = 50;
  private static final Duration LONGEST_INTERVAL = Duration.ofSeconds(1);

  private final Database database;
  private final LeaseCalls calls;
  private final Duration interval;
  private final Events events;
  private final Worker worker;

  /** A rescuer for leases of this length, not yet started. */
  public Rescuer(Database database, LeaseCalls calls, Duration lease, Events events) {
    this.events = events;
    this.database = database;
    this.calls = calls;
    Duration third = lease.dividedBy(3);
    this.interval = third.compareTo(LONGEST_INTERVAL) < 0 ? third : LONGEST_INTERVAL;
    this.worker = new Worker("rescuer", Duration.ofSeconds(2), this::step);
  }

  /** Starts to look for lost runners. */
  public void start() {
    worker.start();
  }

  /** Stops; waits a little for a rescue that is under way. */
  @Override
  public void close() {
    worker.stop();
    if (!worker.join(Duration.ofSeconds(5))) {
      worker.close();
    }
  }

  private void step() throws SQLException, InterruptedException {
    // Jitter, so that the runners do not all look at the same moment.
    worker.pause(
        interval.multipliedBy(75 + ThreadLocalRandom.current().nextInt(50)).dividedBy(100));
    rescueAll();
  }

  /**
   * Rescues, a share at a time, until nothing is left that could be; ends early when it is to stop.
   */
  void rescueAll() throws SQLException {
    boolean perhapsMore = true;
    while (perhapsMore && !worker.isStopping()) {
      perhapsMore = rescue();
    }
  }

  /** Returns whether it has found any job. */
  private boolean rescue() throws SQLException {
    List<Rescued> rescued = database.inOwnTransaction(c -> calls.rescue(c, MAX_CLAIMS));
    for (Rescued job : rescued) {
      LOG.warn(
          "job {} was rescued from lost runner {}: {}",
          job.jobId(),
          job.runnerId(),
          job.dead() ? "that was its last attempt, it is a dead letter" : "it is tried again");
      events.publish(() -> new JobEvent.Rescued(job.jobId(), job.runnerId(), job.dead()));
    }
    return !rescued.isEmpty();
  }
}
