package io.jdbcmq.test;

import io.jdbcmq.JobQueue;
import java.sql.Connection;

/**
 * Assertions about the jobs of a queue. Goes along with a static import of AssertJ's own {@code
 * assertThat}.
 */
public final class JobQueueAssertions {
  private JobQueueAssertions() {}

  /**
   * About the jobs that are there now, as everybody sees them: those of committed transactions,
   * that wait or run or are dead. A job that has completed, or was cancelled, is there no more.
   *
   * @throws io.jdbcmq.job.StorageException if the database refused to show them
   */
  public static QueueAssert assertThat(JobQueue queue) {
    return new QueueAssert(queue, StoredJobs.committed(queue));
  }

  /**
   * About the jobs that the transaction of a connection sees: also those that it has sent itself
   * and has not committed. Leaves the transaction as it is.
   *
   * @throws io.jdbcmq.job.StorageException if the database refused to show them
   */
  public static QueueAssert assertThat(JobQueue queue, Connection connection) {
    return new QueueAssert(queue, StoredJobs.in(queue, connection));
  }
}
