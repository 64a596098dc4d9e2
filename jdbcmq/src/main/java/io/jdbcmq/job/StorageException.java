package io.jdbcmq.job;

import java.sql.SQLException;

/** The database refused a statement or could not be reached. */
public final class StorageException extends JobQueueException {
  private static final long serialVersionUID = 1L;

  private final String sqlState;

  /**
   * @param message what was tried, and on what
   * @param isTransient whether trying again may help
   * @param cause what the database said, without details that could quote a payload
   */
  public StorageException(String message, boolean isTransient, SQLException cause) {
    super(message, isTransient, cause);
    this.sqlState = cause.getSQLState() == null ? "" : cause.getSQLState();
  }

  /** The SQLSTATE, five characters; empty if there was none. */
  public String sqlState() {
    return sqlState;
  }
}
