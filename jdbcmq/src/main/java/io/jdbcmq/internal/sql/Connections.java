package io.jdbcmq.internal.sql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;

/** What to do with connections that cannot be used any more. */
public final class Connections {
  private static final int DEEPEST = 100;
  private static final int TRIES = 100;
  private static final long PAUSE_NANOS = 10_000_000;

  private Connections() {}

  /**
   * Begins a transaction, if the connection is not in auto-commit mode, before anything is written
   * in it.
   *
   * <p>The driver sends BEGIN together with the first statement, and yet as a message of its own:
   * where the server refuses BEGIN, because somebody cancels it in that moment, the first statement
   * is executed all the same, and committed by itself. This one does no harm, and takes no
   * snapshot, so that SET TRANSACTION may follow. With an empty one the driver would not begin.
   */
  public static void begin(Connection connection) throws SQLException {
    try (PreparedStatement harmless = connection.prepareStatement("show transaction_isolation")) {
      harmless.execute();
    } catch (Error e) {
      discard(connection, e);
      throw e;
    }
  }

  /**
   * The same where it is not open already; no round trip if it is, or in auto-commit mode. A
   * wrapper that hides the driver costs one each time.
   */
  public static void beginIfIdle(Connection connection) throws SQLException {
    if (!connection.getAutoCommit() && !isKnownToBeOpen(connection)) {
      begin(connection);
    }
  }

  private static boolean isKnownToBeOpen(Connection connection) throws SQLException {
    return connection.isWrapperFor(BaseConnection.class)
        && connection.unwrap(BaseConnection.class).getTransactionState() != TransactionState.IDLE;
  }

  /** Rolls back what has failed; or closes the connection, if an error is the cause. */
  public static void rollBack(Connection connection, Throwable failure) {
    if (discardAfterError(connection, failure)) {
      return;
    }
    try {
      connection.rollback();
    } catch (SQLException e) {
      failure.addSuppressed(e);
    } catch (Error e) {
      failure.addSuppressed(e);
      discard(connection, e);
    }
  }

  /** Closes a connection for good if an error is the cause of a failure; true if it has. */
  public static boolean discardAfterError(Connection connection, Throwable failure) {
    Optional<Error> error = errorIn(failure);
    error.ifPresent(e -> discard(connection, e));
    return error.isPresent();
  }

  /** Handlers may wrap what was thrown at them. */
  private static Optional<Error> errorIn(Throwable failure) {
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < DEEPEST; depth++) { // causes may be a circle
      if (cause instanceof Error error) {
        return Optional.of(error);
      }
      cause = cause.getCause();
    }
    return Optional.empty();
  }

  /**
   * Closes a connection on which an error was thrown, so that no pool hands it out again.
   *
   * <p>Memory may have run out while the driver read an answer. It then does not know that a
   * transaction is open, so that a rollback does nothing and the next user of the connection
   * commits what this one has written; and the rest of the answer is read as that to the next
   * statement.
   *
   * @param error gets what goes wrong here as suppressed
   */
  public static void discard(Connection connection, Error error) {
    for (int tries = 0; tries < TRIES; tries++) {
      try {
        connection.abort(Runnable::run);
        connection.rollback(); // fails, and so tells a pool that the connection is closed
        return;
      } catch (SQLException e) {
        return; // as intended, or broken before
      } catch (OutOfMemoryError e) { // still none: who took it all is about to fail as well
        LockSupport.parkNanos(PAUSE_NANOS);
      } catch (RuntimeException | Error e) {
        error.addSuppressed(e);
        return;
      }
    }
  }
}
