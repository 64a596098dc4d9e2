package io.jdbcmq.job;

import java.util.UUID;

/** What became of one request. */
public sealed interface SendResult {
  /** The id of the job: of the one that was stored, or of the one that exists already. */
  UUID id();

  /**
   * The job was stored. It is sent once the transaction has committed.
   *
   * @param id the id of the job
   */
  record Sent(UUID id) implements SendResult {}

  /**
   * Nothing was stored for the request: a job with its id is live or a dead letter, or a job with
   * its unique key is live, or one of the two came earlier in the same list.
   *
   * @param id the id of the job that exists; not that of the request, if they share the unique key
   *     only
   */
  record Duplicate(UUID id) implements SendResult {}
}
