package io.jdbcmq.torture.role;

import io.jdbcmq.job.JobRequest;
import io.jdbcmq.torture.history.Event.Sent;

/**
 * A job that is to be sent.
 *
 * @param sent what the history tells of it
 */
record Planned(JobRequest request, Sent sent) {
  boolean hasOwnId() {
    return request.id().isPresent();
  }
}
