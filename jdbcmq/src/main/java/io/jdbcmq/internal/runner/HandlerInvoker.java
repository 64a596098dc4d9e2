package io.jdbcmq.internal.runner;

import io.jdbcmq.internal.sql.Database;
import io.jdbcmq.internal.sql.SqlErrors;
import io.jdbcmq.job.LeaseLostException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs handlers and turns what they do into outcomes. Thread-safe. */
final class HandlerInvoker {
  private static final Logger LOG = LoggerFactory.getLogger(HandlerInvoker.class);

  private static final String ROLLED_BACK =
      "the handler completed the job in a transaction that was then rolled back";

  private final Set<String> reportedUnknown = ConcurrentHashMap.newKeySet();
  private final Map<String, Handler> handlers;
  private final Database database;

  HandlerInvoker(Map<String, Handler> handlers, Database database) {
    this.handlers = handlers;
    this.database = database;
  }

  /** Runs one attempt to its end, whatever the handler does. */
  Outcome run(Run run) {
    Handler handler = handlers.get(run.name());
    if (handler == null) {
      if (reportedUnknown.add(run.name())) {
        LOG.warn("no handler for {}: such jobs go back and are tried again later", run);
      }
      return new Outcome.HandedBack(run, true);
    }
    if (run.isFenced()) { // lost before it started: its outcome is dropped
      return new Outcome.HandedBack(run, false);
    }
    if (handler instanceof Handler.Transactional transactional) {
      return runInTransaction(transactional, run);
    }
    run.enter();
    try {
      ((Handler.Plain) handler).body().run(run);
    } catch (Throwable e) { // also an error of a handler is one of its attempt, not of the runner
      return thrown(run, e);
    } finally {
      run.leave();
    }
    return returned(run);
  }

  private Outcome runInTransaction(Handler.Transactional handler, Run run) {
    Connection connection;
    try {
      connection = database.open();
    } catch (SQLException | RuntimeException e) {
      LOG.warn("{} goes back: no connection for it: {}", run, SqlErrors.describe(e));
      return new Outcome.HandedBack(run, false);
    }
    try (connection) {
      return runInTransaction(handler, run, connection);
    } catch (SQLException e) { // closing failed after all was done
      LOG.debug("closing the connection of {} failed", run, e);
      return returned(run);
    }
  }

  private Outcome runInTransaction(Handler.Transactional handler, Run run, Connection connection)
      throws SQLException {
    boolean autoCommit = connection.getAutoCommit();
    try {
      connection.setAutoCommit(false);
      run.enter();
      try {
        handler.body().run(run, connection);
      } finally {
        run.leave(); // an interrupt that the handler did not heed must not break the completion
      }
      boolean completedHere = run.completion() == Run.Completion.OPEN;
      if (completedHere) {
        run.completeIn(connection);
      }
      connection.clearWarnings();
      connection.commit();
      if (SqlErrors.hasUnconfirmedCommit(connection.getWarnings())) {
        LOG.warn("{} is committed, but the synchronous standby has not confirmed it", run);
      }
      if (completedHere) {
        run.committed(); // else the handler may have rolled its own completion back
      }
      return returned(run);
    } catch (Throwable e) { // also an error of a handler is one of its attempt, not of the runner
      rollBack(connection, e);
      return thrown(run, e);
    } finally {
      restore(connection, autoCommit);
    }
  }

  private static void rollBack(Connection connection, Throwable cause) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
  }

  private static void restore(Connection connection, boolean autoCommit) {
    try {
      connection.setAutoCommit(autoCommit);
    } catch (SQLException e) {
      LOG.debug("a connection could not be reset: {}", SqlErrors.describe(e)); // it is broken
    }
  }

  private static Outcome returned(Run run) {
    return switch (run.completion()) {
      case OPEN -> new Outcome.Completed(run);
      case DONE -> new Outcome.Done(run);
      case IN_DOUBT -> new Outcome.InDoubt(run, new Outcome.Failed(run, ROLLED_BACK));
    };
  }

  private Outcome thrown(Run run, Throwable error) {
    if (error instanceof LeaseLostException || run.isFenced()) {
      LOG.info("{} stopped: it has lost its lease", run);
    } else {
      // The message may quote the payload, so only the class is logged; the text stays with the
      // job.
      LOG.warn("{} failed: {}; see the job's failed attempts", run, error.getClass().getName());
      LOG.debug("{} failed", run, error);
    }
    Outcome failed = new Outcome.Failed(run, ErrorText.of(error));
    return switch (run.completion()) {
      case OPEN -> failed;
      case DONE -> new Outcome.Done(run);
      case IN_DOUBT -> new Outcome.InDoubt(run, failed);
    };
  }
}
