package io.jdbcmq.job;

import java.sql.Connection;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The job that a handler is running. For the thread of the handler; not thread-safe.
 *
 * <p>A handler that returns has completed its job, one that throws has failed this attempt. A
 * handler may also complete the job by itself, in the transaction that holds its own writes: they
 * then take effect exactly once.
 */
public interface CurrentJob {
  /**
   * The id of the job, the same for every attempt: lets other systems recognise a repeated attempt.
   */
  UUID id();

  /** The name that picked the handler. */
  String name();

  /** Where the job was sent. */
  Channel channel();

  /** The number of this attempt, from 1. */
  int attempt();

  /** Whether the job becomes a dead letter if this attempt fails. */
  boolean isLastAttempt();

  /** When the job was sent, by the database's clock. */
  Instant sentAt();

  /** What the sender put beside the payload; unmodifiable. */
  Map<String, String> headers();

  /** The JSON payload as it was stored. */
  Optional<String> json();

  /** The binary payload. The array is the caller's to change. */
  Optional<byte[]> bytes();

  /**
   * The JSON payload, decoded.
   *
   * @throws PayloadException if there is none, or it does not fit the type, or no codec is there
   */
  <T> T payload(Class<T> type);

  /**
   * Completes the job now, in a transaction of its own. One round trip; blocks.
   *
   * @throws LeaseLostException if this run is no longer the current one
   * @throws IllegalStateException if the run has been completed before
   * @throws StorageException if the database refused it; the job is then not completed
   * @throws IndeterminateException if the commit was not answered; the runner finds out and settles
   *     the job
   */
  void complete();

  /**
   * Completes the job in the caller's transaction. One round trip; commit, rollback and close stay
   * with the caller.
   *
   * <p>If the transaction is rolled back, the job is not completed: the attempt counts as failed
   * when the handler ends.
   *
   * @param connection with the transaction; after {@code LeaseLostException} it can only be rolled
   *     back
   * @throws LeaseLostException if this run is no longer the current one
   * @throws IllegalStateException if the run has been completed before
   * @throws StorageException if the database refused the statement
   */
  void complete(Connection connection);
}
