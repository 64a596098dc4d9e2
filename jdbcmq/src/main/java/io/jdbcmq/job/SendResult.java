package io.jdbcmq.job;

import java.util.UUID;

/** What became of one request. */
public sealed interface SendResult {
  /** The id of the job. */
  UUID id();

  /**
   * The job was stored. It is sent once the transaction has committed.
   *
   * @param id the id of the job
   */
  record Sent(UUID id) implements SendResult {}

  /**
   * A job with this id is live or a dead letter, or came earlier in the same list. Nothing was
   * stored for the request.
   *
   * @param id the id of the job that exists
   */
  record Duplicate(UUID id) implements SendResult {}
}
