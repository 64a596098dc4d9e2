package io.jdbcmq;

import io.jdbcmq.internal.sql.Database;
import io.jdbcmq.internal.sql.Database.SqlWork;
import io.jdbcmq.internal.sql.SqlErrors;
import io.jdbcmq.job.IndeterminateException;
import io.jdbcmq.job.StorageException;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/** Runs what a user calls, and tells what was tried where it fails. Thread-safe. */
final class Transactions {
  private final DataSource dataSource;
  private final Database database;

  Transactions(DataSource dataSource) {
    this.dataSource = dataSource;
    this.database = Database.of(dataSource);
  }

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

  /** What only reads is never in doubt. */
  <T> T read(String tried, SqlWork<T> work) {
    try {
      return database.inOwnTransaction(work);
    } catch (SQLException e) {
      throw SqlErrors.storage(tried, e);
    } catch (IndeterminateException e) {
      throw new StorageException(
          tried + " failed: the connection broke", true, new SQLException(e.getMessage(), "08006"));
    }
  }

  <T> T callers(String tried, Connection connection, SqlWork<T> work) {
    try {
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
