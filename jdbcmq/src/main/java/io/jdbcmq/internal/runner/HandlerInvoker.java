package io.jdbcmq.internal.runner;

import io.jdbcmq.internal.sql.Database;
import io.jdbcmq.job.LeaseLostException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs handlers and turns what they do into outcomes. Thread-safe. */
final class HandlerInvoker {
  private static final Logger LOG = LoggerFactory.getLogger(HandlerInvoker.class);

  private static final String ROLLED_BACK =
      "the handler completed the job in a transaction that was then rolled back";

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
      LOG.warn("no handler for {}: it goes back and is tried again later", run);
      return new Outcome.HandedBack(run, true);
    }
    if (run.isFenced()) { // lost before it started: its outcome is dropped
      return new Outcome.HandedBack(run, false);
    }
    run.enter();
    try {
      invoke(handler, run);
    } catch (Throwable e) { // also an error of a handler is one of its attempt, not of the runner
      return thrown(run, e);
    } finally {
      run.leave();
    }
    return switch (run.completion()) {
      case OPEN -> new Outcome.Completed(run);
      case DONE -> new Outcome.Done(run);
      case IN_DOUBT -> new Outcome.InDoubt(run, new Outcome.Failed(run, ROLLED_BACK));
    };
  }

  private void invoke(Handler handler, Run run) throws Exception {
    if (handler instanceof Handler.Plain plain) {
      plain.body().run(run);
    } else if (handler instanceof Handler.Transactional transactional) {
      invokeInTransaction(transactional, run);
    }
  }

  private void invokeInTransaction(Handler.Transactional handler, Run run) throws Exception {
    try (Connection connection = database.open()) {
      connection.setAutoCommit(false);
      try {
        handler.body().run(run, connection);
        if (run.completion() == Run.Completion.OPEN) {
          run.completeIn(connection);
        }
        run.committing();
        connection.commit();
        run.committed();
      } catch (Throwable e) {
        rollBack(connection, e);
        throw e;
      }
      connection.setAutoCommit(true);
    }
  }

  private static void rollBack(Connection connection, Throwable cause) {
    try {
      connection.rollback();
      connection.setAutoCommit(true);
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
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
