package io.jdbcmq.spring;

import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRunner;
import io.jdbcmq.job.ChannelStats;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;

/**
 * Looks after the queue, for the health indicators of both lines of Spring Boot.
 *
 * @param queue looked at
 * @param lifecycle has the runner, if this application has one
 * @param watch of this runner
 */
record QueueHealth(
    JobQueue queue, ObjectProvider<JobRunnerLifecycle> lifecycle, RunnerWatch watch) {

  /**
   * What was found.
   *
   * @param isUp whether the database answers, and the runner, if one is to run, has its lease
   * @param details by name, for people to read
   */
  record Finding(boolean isUp, Map<String, Object> details) {}

  /**
   * Two round trips.
   *
   * @throws io.jdbcmq.job.JobQueueException if the database does not answer as it should
   */
  Finding look() {
    Map<String, Object> details = new LinkedHashMap<>();
    Optional<JobRunner> runner = runner();
    boolean hasLease = runner.map(it -> it.id().isPresent()).orElse(true);
    runner.ifPresentOrElse(
        it -> {
          details.put("lease", hasLease ? "alive" : "lost");
          details.put("running", it.running());
          watch.sinceLastPoll().ifPresent(since -> details.put("lastPoll", ago(since)));
        },
        () -> details.put("runner", "none"));
    queue.stats().channels().stream()
        .map(ChannelStats::oldestDue)
        .flatMap(Optional::stream)
        .max(Duration::compareTo)
        .ifPresent(oldest -> details.put("oldestDueJob", ago(oldest)));
    return new Finding(hasLease, details);
  }

  private Optional<JobRunner> runner() {
    return Optional.ofNullable(lifecycle.getIfAvailable()).flatMap(JobRunnerLifecycle::runner);
  }

  private static String ago(Duration duration) {
    return "%d ms ago".formatted(duration.toMillis());
  }
}
