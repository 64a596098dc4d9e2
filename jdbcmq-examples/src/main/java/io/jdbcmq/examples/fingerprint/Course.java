package io.jdbcmq.examples.fingerprint;

import io.jdbcmq.JobQueue;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;

/** Watches the work from the first result to the last, and kills a runner on the way. */
final class Course {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration STANDSTILL = Duration.ofSeconds(1);
  private static final Duration LONGEST_LOOK = Duration.ofMillis(100);
  private static final int MAX_DEAD = 1000;

  private final Connection connection;
  private final JobQueue queue;
  private final Crew crew;
  private final Progress progress;
  private final long total;
  private final Rate rate = new Rate();
  private Optional<RunnerProcess> killed = Optional.empty();
  private boolean toKill;
  private long done;
  private long movedAtNanos = System.nanoTime();

  /**
   * A course that has not begun.
   *
   * @param connection to look at the results
   * @param total files to fingerprint
   * @param toKill whether to kill a runner
   */
  Course(
      Connection connection,
      JobQueue queue,
      Crew crew,
      Progress progress,
      long total,
      boolean toKill) {
    this.connection = connection;
    this.queue = queue;
    this.crew = crew;
    this.progress = progress;
    this.total = total;
    this.toKill = toKill;
  }

  /**
   * Returns when each file has a result or its job is dead.
   *
   * @param sending fails when sending has failed
   * @throws DemoFailedException if nothing moves any more
   */
  void run(SendingThread sending) throws SQLException, IOException, InterruptedException {
    while (true) {
      sending.check();
      crew.check();
      long tookNanos = look();
      if (toKill && done >= total / 3) {
        killOne();
      }
      progress.show(new ProgressLine(done, total, rate.perSecond(), note()));
      if (isOver(sending)) {
        return;
      }
      pause(tookNanos);
    }
  }

  private long look() throws SQLException {
    long before = System.nanoTime();
    long count = DemoTables.countResults(connection);
    long now = System.nanoTime();
    rate.add(now, count);
    if (count != done) {
      done = count;
      movedAtNanos = now;
    }
    return now - before;
  }

  private void killOne() throws SQLException, IOException {
    toKill = false;
    RunnerProcess victim = crew.killOne(connection);
    killed = Optional.of(victim);
    RunnerProcess successor = crew.startOne();
    progress.say(
        "Killed %s (process %d) after %s results, and started %s."
            .formatted(victim.name(), victim.pid(), Text.count(done), successor.name()));
  }

  private String note() {
    return killed.isPresent() && done < total && standsStillFor(STANDSTILL)
        ? "until the lease of killed %s runs out (%d s)"
            .formatted(killed.get().name(), RunnerMain.LEASE.toSeconds())
        : "";
  }

  private boolean isOver(SendingThread sending) {
    if (done >= total && sending.isDone()) {
      return true;
    }
    if (standsStillFor(PATIENCE)) {
      throw new DemoFailedException(
          "nothing has happened for %s; %s of %s files have a result. Last lines of the runners:%n%s"
              .formatted(
                  Text.duration(PATIENCE), Text.count(done), Text.count(total), crew.logTails()));
    }
    return standsStillFor(STANDSTILL) && done + deadLetters() >= total && sending.isDone();
  }

  /** Up to 1,000: more are as bad. */
  long deadLetters() {
    return queue.deadLetters().list(MAX_DEAD).size();
  }

  private boolean standsStillFor(Duration time) {
    return System.nanoTime() - movedAtNanos > time.toNanos();
  }

  /** Short while a runner is to be killed in the middle; else so that looking costs little. */
  private void pause(long tookNanos) throws InterruptedException {
    long wanted = toKill ? Duration.ofMillis(10).toNanos() : LONGEST_LOOK.toNanos();
    Thread.sleep(Duration.ofNanos(Math.max(wanted, 10 * tookNanos)).toMillis());
  }
}
