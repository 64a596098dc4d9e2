package io.jdbcmq.internal.runner;

import io.jdbcmq.internal.sql.Connections;
import io.jdbcmq.internal.sql.Database;
import io.jdbcmq.internal.sql.SqlErrors;
import io.jdbcmq.job.LeaseLostException;
import io.jdbcmq.spi.HandlerTransactions;
import io.jdbcmq.spi.JobInterceptor.Handling;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs handlers and turns what they do into outcomes. Thread-safe. */
final class HandlerInvoker {
  private static final Logger LOG = LoggerFactory.getLogger(HandlerInvoker.class);
  private static final int MAX_REPORTED = 1_000;

  private final Set<String> reportedUnknown = ConcurrentHashMap.newKeySet();
  private final Handlers handlers;
  private final Database database;
  private final Watchdog watchdog;
  private final RunEvents events;

  HandlerInvoker(Handlers handlers, Database database, Watchdog watchdog, RunEvents events) {
    this.handlers = handlers;
    this.database = database;
    this.watchdog = watchdog;
    this.events = events;
  }

  /** Runs one attempt to its end, whatever the handler does. */
  Outcome run(Run run) {
    Handler handler = handlers.byJobName().get(run.job().jobName());
    if (handler == null) {
      if (isNew(run.job().jobName())) {
        LOG.warn("no handler for {}: such jobs go back and are tried again later", run);
      }
      return new Outcome.HandedBack(run, true);
    }
    if (run.leash().isFenced()) { // lost before it started: its outcome is dropped
      return new Outcome.HandedBack(run, false);
    }
    if (handler instanceof Handler.Transactional transactional) {
      return handlers
          .transactions()
          .map(others -> runInTransactionOf(others, transactional, run))
          .orElseGet(() -> runInTransaction(transactional, run));
    }
    try {
      RunningJob job = new RunningJob(run, false);
      call(run, job, () -> ((Handler.Plain) handler).body().run(job));
    } catch (Throwable e) { // also an error of a handler is one of its attempt, not of the runner
      return thrown(run, e);
    }
    return Outcomes.of(run, Optional.empty());
  }

  /** Whether this unknown name is to be reported. */
  private boolean isNew(String jobName) {
    if (reportedUnknown.contains(jobName)) {
      return false;
    }
    if (reportedUnknown.size() >= MAX_REPORTED) {
      reportedUnknown.clear(); // names can come without end: better to report some again
    }
    return reportedUnknown.add(jobName);
  }

  /** That the others have committed what they were told to is for the database to say. */
  private Outcome runInTransactionOf(
      HandlerTransactions others, Handler.Transactional handler, Run run) {
    WorkOfOthers work = new WorkOfOthers(connection -> runIn(connection, handler, run));
    try {
      others.run(work);
      work.requireSuccess(others);
    } catch (StoppedException e) {
      reportStopped(run);
    } catch (Throwable e) { // also an error of a handler is one of its attempt, not of the runner
      if (work.isBegun() || e instanceof WorkOfOthers.OmittedException) {
        return thrown(run, e);
      }
      LOG.warn("{} goes back: no transaction for it: {}", run, SqlErrors.describe(e));
      return new Outcome.HandedBack(run, false);
    }
    return Outcomes.of(run, Optional.empty());
  }

  private void runIn(Connection connection, Handler.Transactional handler, Run run)
      throws Exception {
    Connections.begin(connection);
    RunningJob job = new RunningJob(run, true);
    call(run, job, () -> handler.body().run(job, connection));
    if (run.leash().reason().isPresent()) {
      throw new StoppedException();
    }
    if (!run.ending().isSettling()) {
      run.settleIn(connection);
    }
  }

  private Outcome runInTransaction(Handler.Transactional handler, Run run) {
    Outcome none = new Outcome.HandedBack(run, false);
    Outcome outcome = none;
    try (Connection connection = database.open()) {
      boolean autoCommit = connection.getAutoCommit();
      connection.setAutoCommit(false);
      outcome = runInTransaction(handler, run, connection);
      connection.setAutoCommit(autoCommit);
    } catch (SQLException | RuntimeException e) {
      if (outcome == none) {
        LOG.warn("{} goes back: no connection for it: {}", run, SqlErrors.describe(e));
      } else { // all was done, on a connection that has broken or was discarded
        LOG.debug("a connection could not be given back: {}", SqlErrors.describe(e));
      }
    }
    return outcome;
  }

  private Outcome runInTransaction(Handler.Transactional handler, Run run, Connection connection) {
    try {
      Connections.begin(connection);
      RunningJob job = new RunningJob(run, true);
      call(run, job, () -> handler.body().run(job, connection));
      if (run.leash().reason().isPresent()) {
        connection.rollback();
        reportStopped(run);
        return Outcomes.of(run, Optional.empty());
      }
      commit(run, connection);
      return Outcomes.of(run, Optional.empty());
    } catch (Throwable e) { // also an error of a handler is one of its attempt, not of the runner
      Connections.rollBack(connection, e);
      return thrown(run, e);
    }
  }

  private static void commit(Run run, Connection connection) throws SQLException {
    boolean settledHere = !run.ending().isSettling();
    if (settledHere) {
      run.settleIn(connection);
    }
    connection.clearWarnings();
    connection.commit();
    if (SqlErrors.hasUnconfirmedCommit(connection.getWarnings())) {
      LOG.warn("{} is committed, but the synchronous standby has not confirmed it", run);
    }
    if (settledHere) {
      run.ending().done(); // else the handler may have rolled its own completion back
    }
  }

  private void call(Run run, RunningJob job, Handling handler) throws Exception {
    events.started(run);
    run.enter();
    try {
      watchdog.watch(run);
      Interceptors.run(handlers.interceptors(), job, handler);
    } finally {
      run.leave(); // an interrupt that was not heeded must not break what follows
      watchdog.forget(run);
    }
  }

  private static Outcome thrown(Run run, Throwable error) {
    run.threw(error);
    if (run.leash().reason().isPresent()) {
      reportStopped(run);
      LOG.debug("{} threw when it was stopped", run, error);
    } else if (error instanceof LeaseLostException) {
      LOG.info("{} stopped: it has lost its lease, or its job was cancelled or cleared", run);
    } else if (run.ending().state() == Ending.State.DONE) {
      LOG.warn("{} threw after it had completed its job: {}", run, error.getClass().getName());
    } else {
      // The message may quote the payload, so only the class is logged; the text stays with the
      // job.
      LOG.warn("{} failed: {}; see the job's failed attempts", run, error.getClass().getName());
      LOG.debug("{} failed", run, error);
    }
    return Outcomes.of(run, Optional.of(error));
  }

  /** That a run was told to stop for another reason is in the log already. */
  private static void reportStopped(Run run) {
    if (run.leash().isFenced()) {
      LOG.info("{} stopped: it has lost its lease", run);
    }
  }

  /** Makes others roll back a transaction whose handler was stopped, and returned nevertheless. */
  private static final class StoppedException extends Exception {
    private static final long serialVersionUID = 1;

    private StoppedException() {
      super("the run was stopped");
    }
  }
}
