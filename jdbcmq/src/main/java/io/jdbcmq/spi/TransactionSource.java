package io.jdbcmq.spi;

import java.sql.Connection;
import java.util.Optional;

/**
 * Tells the queue of transactions that somebody else has opened for the calling thread, such as
 * those of a container, so that calls without a {@link Connection} become part of them.
 * Thread-safe.
 *
 * <p>Asked by each call of the queue without a connection but {@code migrate}, in the thread of the
 * caller; never by a runner for itself.
 */
@FunctionalInterface
public interface TransactionSource {
  /**
   * The transaction that this thread is in; empty: none, and the call has one of its own.
   *
   * @throws IllegalStateException if the thread is in a transaction that the queue cannot join, and
   *     should not ignore; goes to the caller, and nothing is written
   */
  Optional<JoinedTransaction> current();

  /** A transaction of somebody else, for one call. For one thread. */
  interface JoinedTransaction extends AutoCloseable {
    /** The connection with the transaction, not in auto-commit mode. */
    Connection connection();

    /** Whether it must not write. A call that would is refused. */
    default boolean isReadOnly() {
      return false;
    }

    /**
     * Runs this after the transaction has committed, in any thread; not if it is rolled back. Only
     * a hint that saves time: it may be left out.
     *
     * @param action does not block, and throws nothing
     */
    default void afterCommit(Runnable action) {}

    /** Gives the connection back to its owner; neither commits nor rolls back. */
    @Override
    void close();
  }
}
