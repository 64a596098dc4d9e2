package io.jdbcmq;

import io.jdbcmq.internal.sql.Connections;
import io.jdbcmq.internal.sql.Database;
import io.jdbcmq.internal.sql.Database.SqlWork;
import io.jdbcmq.internal.sql.SqlErrors;
import io.jdbcmq.job.IndeterminateException;
import io.jdbcmq.job.StorageException;
import io.jdbcmq.spi.TransactionSource;
import io.jdbcmq.spi.TransactionSource.JoinedTransaction;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import javax.sql.DataSource;

/** Runs what a user calls, and tells what was tried where it fails. Thread-safe. */
final class Transactions {
  private final DataSource dataSource;
  private final Database database;
  private final TransactionSource source;

  Transactions(DataSource dataSource, TransactionSource source) {
    this.source = source;
    this.dataSource = dataSource;
    this.database = Database.of(dataSource);
  }

  /**
   * The transaction that this thread is in, for work that writes; empty: it has to have one of its
   * own.
   *
   * @throws IllegalStateException if it is there, and must not write
   */
  Optional<JoinedTransaction> joined(String tried) {
    Optional<JoinedTransaction> current = source.current();
    if (current.isPresent() && current.get().isReadOnly()) {
      current.get().close();
      throw new IllegalStateException(
          tried + " failed: it has to write, and this thread is in a read-only transaction");
    }
    return current;
  }

  /** Writes in the transaction that this thread is in, otherwise in one of its own. */
  <T> T write(String tried, SqlWork<T> work) {
    return in(joined(tried), tried, work).orElseGet(() -> own(tried, work));
  }

  private <T> Optional<T> in(Optional<JoinedTransaction> current, String tried, SqlWork<T> work) {
    if (current.isEmpty()) {
      return Optional.empty();
    }
    try (JoinedTransaction joined = current.get()) {
      return Optional.of(callers(tried, joined.connection(), work));
    }
  }

  /** In a transaction of its own, whatever this thread is in. */
  <T> T own(String tried, SqlWork<T> work) {
    try {
      return database.inOwnTransaction(work);
    } catch (SQLException e) {
      throw SqlErrors.storage(tried, e);
    } catch (IndeterminateException e) {
      throw new IndeterminateException(
          tried + " ended in doubt: " + e.getMessage() + ". Look before you try again", e);
    }
  }

  /**
   * Reads in the transaction that this thread is in, otherwise in one of its own. What only reads
   * is never in doubt.
   */
  <T> T read(String tried, SqlWork<T> work) {
    return in(source.current(), tried, work).orElseGet(() -> readAlone(tried, work));
  }

  private <T> T readAlone(String tried, SqlWork<T> work) {
    try {
      return database.inOwnTransaction(work);
    } catch (SQLException e) {
      throw SqlErrors.storage(tried, e);
    } catch (IndeterminateException e) {
      throw new StorageException(
          tried + " failed: the connection broke", true, new SQLException(e.getMessage(), "08006"));
    }
  }

  /** In the transaction of the caller, which this begins if nothing was done in it yet. */
  <T> T callers(String tried, Connection connection, SqlWork<T> work) {
    try {
      Connections.beginIfIdle(connection);
      return work.run(connection);
    } catch (SQLException e) {
      throw SqlErrors.storage(tried, e);
    }
  }

  /** For work that handles its transaction itself. */
  <T> T withConnection(String tried, SqlWork<T> work) {
    try (Connection connection = dataSource.getConnection()) {
      return work.run(connection);
    } catch (SQLException e) {
      throw SqlErrors.storage(tried, e);
    }
  }
}
