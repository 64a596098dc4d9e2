package io.jdbcmq.job;

import java.sql.Connection;

/**
 * Runs jobs of one name in a transaction that also completes them, so that what it writes takes
 * effect exactly once. Called by many threads at once.
 */
@FunctionalInterface
public interface TransactionalHandler {
  /**
   * Runs one attempt. Returning completes the job in the transaction of {@code connection} and
   * commits; throwing rolls back and fails the attempt.
   *
   * @param job the job
   * @param connection with an open transaction, in which nothing but {@code SHOW} has been
   *     executed, so that {@code SET TRANSACTION} may come first; {@link
   *     Connection#setTransactionIsolation} and {@link Connection#setReadOnly} are refused. The
   *     runner commits, rolls back and closes it
   * @throws Exception to fail the attempt
   */
  void run(CurrentJob job, Connection connection) throws Exception;
}
