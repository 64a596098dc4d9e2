package io.jdbcmq.spi;

import java.sql.Connection;

/**
 * Opens and ends the transactions of transactional handlers in place of the runner: those of a
 * container, for example, so that whatever takes part in them is part of the job. Thread-safe.
 */
@FunctionalInterface
public interface HandlerTransactions {
  /**
   * Opens a transaction, does the work in it, and commits; or rolls back, if the work throws. In
   * the thread of the handler.
   *
   * <p>The work cannot be repeated, not even in a new transaction: let what it throws go on, and
   * the job is tried again by its own policy. If this returns although the work was not done, or
   * has thrown, the attempt has failed nevertheless.
   *
   * @param work to be done once, in this thread
   * @throws Exception what the work has thrown; or why the transaction could not be opened, the job
   *     then goes back; or why it could not be committed, or was rolled back nevertheless: the
   *     attempt has failed then, unless the database says that the job is completed
   */
  void run(Work work) throws Exception;

  /** What is to be done in the transaction. */
  @FunctionalInterface
  interface Work {
    /**
     * Runs the handler, and settles the job.
     *
     * @param connection with the transaction, to the database of the queue, not in auto-commit mode
     * @throws Exception if the transaction has to be rolled back
     * @throws IllegalStateException if it was begun before; the transaction has to be rolled back
     */
    void run(Connection connection) throws Exception;
  }
}
