package io.jdbcmq.job;

import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The job that a handler is running. For the thread of the handler; not thread-safe, but for {@link
 * #keepAlive}.
 *
 * <p>A handler that returns has completed its job, one that throws has failed this attempt. A
 * handler may also end the run by itself, in one of three ways: {@link #complete}, {@link #snooze}
 * or {@link #giveUp}. With a connection that is part of the caller's transaction, the one that
 * holds the handler's own writes: both then take effect once, together.
 *
 * <p>After {@code LeaseLostException} stop working on the job, and roll back: the transaction in
 * which it was thrown cannot commit.
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

  /**
   * Whether the job becomes a dead letter if this attempt fails. Counts the extra retries of {@link
   * #checkpoint(Checkpoint)}; not those saved in a caller's transaction, which may yet be rolled
   * back.
   */
  boolean isLastAttempt();

  /** When the job was sent, by the database's clock. */
  Instant sentAt();

  /** What the sender put beside the payload; unmodifiable. */
  Map<String, String> headers();

  /** The JSON payload as it was stored when this attempt began. */
  Optional<String> json();

  /** The binary payload when this attempt began. The array is the caller's to change. */
  Optional<byte[]> bytes();

  /**
   * The payload: the JSON payload, decoded, or for {@code byte[].class} the binary one.
   *
   * @throws PayloadException if there is none, or it does not fit the type, or no codec is there
   */
  default <T> T payload(Class<T> type) {
    return payload(PayloadType.of(type));
  }

  /**
   * The payload: the JSON payload, decoded, or for {@code byte[]} the binary one.
   *
   * @throws PayloadException if there is none, or it does not fit the type, or no codec is there
   */
  <T> T payload(PayloadType<T> type);

  /**
   * Saves the progress of the job, so that the next attempt starts from it, in a transaction of its
   * own. One round trip; blocks. Also in a transactional handler it stays when the handler's
   * transaction is rolled back.
   *
   * <p>It has to lock the job's row. So it would wait forever for a transaction of the same handler
   * that has saved a checkpoint or ended the run, and is still open; in a transactional handler
   * that is refused.
   *
   * @throws LeaseLostException if this run is no longer the current one
   * @throws PayloadException if the payload cannot be encoded or stored; nothing was written
   * @throws IllegalStateException if the run has been ended before, or in a transactional handler
   *     that has saved a checkpoint with a connection
   * @throws StorageException if the database refused it; nothing was written
   * @throws IndeterminateException if the commit was not answered: it may have been saved or not
   */
  void checkpoint(Checkpoint checkpoint);

  /**
   * Saves the progress of the job in the caller's transaction. One round trip; commit, rollback and
   * close stay with the caller.
   *
   * @throws LeaseLostException if this run is no longer the current one
   * @throws PayloadException if the payload cannot be encoded or stored; nothing was written
   * @throws IllegalStateException if the run has been ended before
   * @throws StorageException if the database refused the statement
   */
  void checkpoint(Connection connection, Checkpoint checkpoint);

  /**
   * Keeps this run alive for this long from now on, or for as long as it was told before if that is
   * longer. Local: no round trip, does not block. For any thread.
   *
   * <p>Only a runner that was started with {@code keepAlive(false)} needs it; others keep their
   * runs alive by themselves.
   *
   * @param duration 1 ms to 36,500 days
   * @throws LeaseLostException if this run is known not to be the current one, or has been ended by
   *     its runner
   */
  void keepAlive(Duration duration);

  /**
   * Completes the job now, in a transaction of its own. One round trip; blocks.
   *
   * @throws LeaseLostException if this run is no longer the current one
   * @throws IllegalStateException if the run has been ended before; or in a transactional handler,
   *     whose writes would be lost if it then failed
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
   * @param connection with the transaction
   * @throws LeaseLostException if this run is no longer the current one
   * @throws IllegalStateException if the run has been ended before
   * @throws StorageException if the database refused the statement
   */
  void complete(Connection connection);

  /**
   * Puts the job off when the handler returns: it runs again after the delay, as the same attempt,
   * so that none is used. Local: does not block. If the handler throws after all, the attempt has
   * failed. In a transactional handler it is part of its transaction, which commits.
   *
   * @param delay from the end of the handler, 1 ms to 36,500 days in whole milliseconds
   * @throws IllegalStateException if the run has been ended before
   */
  void snooze(Duration delay);

  /**
   * Puts the job off in the caller's transaction: from its commit on, the job waits for the delay,
   * although this handler may still run. One round trip; commit, rollback and close stay with the
   * caller. If it is rolled back, the attempt counts as failed when the handler ends.
   *
   * @param delay from now, 1 ms to 36,500 days in whole milliseconds
   * @throws LeaseLostException if this run is no longer the current one
   * @throws IllegalStateException if the run has been ended before
   * @throws StorageException if the database refused the statement
   */
  void snooze(Connection connection, Duration delay);

  /**
   * Makes the job a dead letter when the handler returns, whatever retries it has left. Local: does
   * not block. If the handler throws after all, the attempt has failed. In a transactional handler
   * it is part of its transaction, which commits; {@link GiveUpException} rolls it back.
   *
   * @param reason kept as the error of the attempt, up to 8,192 characters
   * @throws IllegalStateException if the run has been ended before
   */
  void giveUp(String reason);

  /**
   * Makes the job a dead letter in the caller's transaction. One round trip; commit, rollback and
   * close stay with the caller. If it is rolled back, the attempt counts as failed when the handler
   * ends.
   *
   * @param reason kept as the error of the attempt, up to 8,192 characters
   * @throws LeaseLostException if this run is no longer the current one
   * @throws IllegalStateException if the run has been ended before
   * @throws StorageException if the database refused the statement
   */
  void giveUp(Connection connection, String reason);
}
