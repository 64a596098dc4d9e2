package io.jdbcmq.internal.sql;

import io.jdbcmq.job.JobQueueException;
import io.jdbcmq.job.SchemaException;
import io.jdbcmq.job.StorageException;
import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientException;
import java.sql.SQLWarning;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLWarning;
import org.postgresql.util.ServerErrorMessage;

/** What SQLSTATEs mean to the queue. */
public final class SqlErrors {
  private static final String LEASE_LOST = "MQ001";

  /** Undefined function, table, or schema. */
  private static final Set<String> MISSING = Set.of("42883", "42P01", "3F000");

  /** A prepared statement that another session has, or that this one had already. */
  private static final Set<String> OF_A_POOLER = Set.of("26000", "42P05");

  private SqlErrors() {}

  /** Whether the run that tried something is no longer its job's current one. */
  public static boolean isLeaseLost(SQLException e) {
    return LEASE_LOST.equals(e.getSQLState());
  }

  /** Whether a statement lost a race that it may win when repeated: serialization, deadlock. */
  static boolean isLostRace(SQLException e) {
    return "40001".equals(e.getSQLState()) || "40P01".equals(e.getSQLState());
  }

  /**
   * Whether trying again later may help: connection trouble, shutdown, failover to another primary,
   * lack of resources, locks.
   */
  public static boolean isTransient(SQLException e) {
    if (e instanceof SQLTransientException || e instanceof SQLRecoverableException) {
      return true;
    }
    String state = e.getSQLState();
    return state == null // of a pool that has no connection
        || (state.startsWith("08")
            || state.startsWith("40")
            || state.startsWith("53")
            || state.startsWith("57P")
            || state.startsWith("58")
            || state.equals("25006")
            || state.equals("57014")
            || state.equals("55P03"));
  }

  /** Whether the values are to blame (classes 22 and 23), so that repeating cannot help. */
  public static boolean isAboutData(SQLException e) {
    String state = e.getSQLState();
    return state != null && (state.startsWith("22") || state.startsWith("23"));
  }

  /** Whether the statement was cancelled: by a statement timeout, or by somebody. */
  public static boolean isCanceled(SQLException e) {
    return "57014".equals(e.getSQLState());
  }

  /** Whether the connection is gone, so that the outcome of a statement is unknown. */
  static boolean isBroken(SQLException e) {
    String state = e.getSQLState();
    return state == null || state.startsWith("08") || state.startsWith("57P");
  }

  /**
   * The exception for users. The server's detail and context are left out, also from the cause:
   * they may quote a row, and with it a payload.
   */
  public static JobQueueException storage(String tried, SQLException e) {
    if (MISSING.contains(String.valueOf(e.getSQLState()))) {
      return new SchemaException(
          tried + " failed: " + primaryMessage(e) + ". Is the schema there? Call queue.migrate()");
    }
    String hint =
        OF_A_POOLER.contains(String.valueOf(e.getSQLState()))
            ? ". Is there a pooler in transaction mode? Set prepareThreshold=0 in the JDBC URL"
            : "";
    return new StorageException(
        tried + " failed: " + primaryMessage(e) + hint, isTransient(e), withoutDetail(e));
  }

  static SQLException withoutDetail(SQLException e) {
    SQLException copy = new SQLException(primaryMessage(e), e.getSQLState(), e.getErrorCode());
    copy.setStackTrace(e.getStackTrace());
    return copy;
  }

  /** For logs: without the server's detail, which may quote a payload. */
  public static String describe(Throwable e) {
    return e instanceof SQLException sql
        ? "%s (SQLSTATE %s)".formatted(primaryMessage(sql), sql.getSQLState())
        : e.toString();
  }

  private static String primaryMessage(SQLException e) {
    if (e instanceof PSQLException server && server.getServerErrorMessage() != null) {
      return String.valueOf(server.getServerErrorMessage().getMessage());
    }
    return String.valueOf(e.getMessage());
  }

  /** Whether a commit returned although the synchronous standby had not confirmed it. */
  public static boolean hasUnconfirmedCommit(@Nullable SQLWarning warning) {
    for (SQLWarning next = warning; next != null; next = next.getNextWarning()) {
      if (next instanceof PSQLWarning server && isFromSyncRep(server.getServerErrorMessage())) {
        return true;
      }
    }
    return false;
  }

  /** By the server's source file: unlike the message, it is not translated. */
  private static boolean isFromSyncRep(@Nullable ServerErrorMessage message) {
    return message != null
        && "01000".equals(message.getSQLState())
        && "syncrep.c".equals(message.getFile());
  }
}
