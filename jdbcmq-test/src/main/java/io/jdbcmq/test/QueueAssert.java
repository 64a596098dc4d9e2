package io.jdbcmq.test;

import io.jdbcmq.JobQueue;
import io.jdbcmq.job.JobType;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.AbstractAssert;

/**
 * Assertions about the jobs that are in a queue. They were read when this object was made: make
 * another one after a change.
 *
 * <p>Messages list names, channels and states of jobs; of payloads no more than kind and size.
 */
public final class QueueAssert extends AbstractAssert<QueueAssert, JobQueue> {
  private static final String HINT =
      "\nJobs that have completed are there no more; those of a transaction that has not committed are seen by assertThat(queue, connection) only.";

  private final List<StoredJob> jobs;

  QueueAssert(JobQueue queue, List<StoredJob> jobs) {
    super(queue, QueueAssert.class);
    this.jobs = List.copyOf(jobs);
  }

  /**
   * There is at least one job of this name.
   *
   * @return assertions about the jobs of this name
   */
  public SentJobsAssert hasSent(String jobName) {
    List<StoredJob> found = named(jobName);
    if (found.isEmpty()) {
      throw broken("Expecting a job named \"%s\", but there is none.".formatted(jobName), HINT);
    }
    return new SentJobsAssert(this, found, "a job named \"%s\"".formatted(jobName));
  }

  /**
   * There is at least one job of this type: one that has its name.
   *
   * @return assertions about the jobs of this name
   */
  public SentJobsAssert hasSent(JobType<?> type) {
    return hasSent(type.name());
  }

  /** There are jobs of these names, in any order, a name as often as it is given, and no others. */
  public QueueAssert hasSentExactly(String... jobNames) {
    List<String> missing = new ArrayList<>(List.of(jobNames));
    List<String> unexpected = new ArrayList<>();
    for (StoredJob job : jobs) {
      if (!missing.remove(job.name())) {
        unexpected.add(job.name());
      }
    }
    if (!missing.isEmpty() || !unexpected.isEmpty()) {
      throw broken(
          "Expecting exactly the jobs %s, but missing are %s, and unexpected are %s."
              .formatted(List.of(jobNames), missing, unexpected),
          HINT);
    }
    return this;
  }

  /** There is no job of this name. */
  public QueueAssert hasNotSent(String jobName) {
    List<StoredJob> found = named(jobName);
    if (!found.isEmpty()) {
      throw broken(
          "Expecting no job named \"%s\", but there %s."
              .formatted(jobName, found.size() == 1 ? "is one" : "are " + found.size()),
          "");
    }
    return this;
  }

  /** There is no job of this type: none that has its name. */
  public QueueAssert hasNotSent(JobType<?> type) {
    return hasNotSent(type.name());
  }

  /** There are no jobs at all, dead letters included. */
  public QueueAssert hasNoJobs() {
    if (!jobs.isEmpty()) {
      throw broken("Expecting no jobs.", "");
    }
    return this;
  }

  private List<StoredJob> named(String jobName) {
    return jobs.stream().filter(job -> job.name().equals(jobName)).toList();
  }

  private AssertionError broken(String expectation, String hint) {
    return broken(expectation + " " + StoredJobs.describe(jobs) + hint);
  }

  AssertionError broken(String message) {
    return failure("%s", message);
  }

  JobQueue queue() {
    return actual;
  }
}
