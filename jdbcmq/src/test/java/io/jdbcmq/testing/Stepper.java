package io.jdbcmq.testing;

import io.jdbcmq.internal.sql.Database.SqlWork;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.postgresql.PGConnection;

/**
 * Sessions that a test drives by hand, each on a thread of its own and in a transaction until it
 * commits. A step has been taken once it is done or waits for a lock of another session, as the
 * server tells: so a race is arranged, not hoped for.
 */
public final class Stepper implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 20;

  private final TestSchema db;
  private final Isolation isolation;
  private final LockWatch locks;
  private final List<Session> sessions = new ArrayList<>();

  public Stepper(TestSchema db) throws SQLException {
    this(db, Isolation.READ_COMMITTED);
  }

  public Stepper(TestSchema db, Isolation isolation) throws SQLException {
    this.db = db;
    this.isolation = isolation;
    this.locks = new LockWatch(db.direct().getConnection());
    db.closing(this);
  }

  public Session session() throws SQLException {
    Session session = new Session(db.session());
    sessions.add(session);
    return session;
  }

  @Override
  public void close() throws SQLException {
    for (Session session : sessions) {
      locks.terminate(session.pid);
      session.thread.shutdownNow();
    }
    locks.close();
  }

  /** One session. */
  public final class Session {
    private final Connection connection;
    private final int pid;
    private final ExecutorService thread = Executors.newSingleThreadExecutor();

    private Session(Connection connection) throws SQLException {
      this.connection = connection;
      this.pid = connection.unwrap(PGConnection.class).getBackendPID();
      try (Statement statement = connection.createStatement()) {
        statement.execute(
            "set session characteristics as transaction isolation level " + isolation.sql());
      }
      connection.setAutoCommit(false);
    }

    /** Takes a step that may have to wait for a lock; returns once it is done or waits. */
    public <T> Step<T> begin(SqlWork<T> work) throws Exception {
      Step<T> step = new Step<>(this, thread.submit(() -> work.run(connection)));
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
      while (!step.isDone(5) && !step.isBlocked()) {
        if (System.nanoTime() - deadline > 0) {
          throw new AssertionError("a step is neither done nor does it wait for a lock");
        }
      }
      return step;
    }

    /** Takes a step that has nothing to wait for. */
    public <T> T run(SqlWork<T> work) throws Exception {
      return begin(work).now();
    }

    public void commit() throws Exception {
      run(
          c -> {
            c.commit();
            return true;
          });
    }

    public void rollback() throws Exception {
      run(
          c -> {
            c.rollback();
            return true;
          });
    }
  }

  /** What a session does. */
  public final class Step<T> {
    private final Session session;
    private final Future<T> future;

    private Step(Session session, Future<T> future) {
      this.session = session;
      this.future = future;
    }

    /** Whether it waits for a lock that another session of the test holds. */
    public boolean isBlocked() throws SQLException {
      List<Integer> pids = sessions.stream().map(each -> each.pid).toList();
      return !future.isDone() && locks.blocked(pids).contains(session.pid);
    }

    /** What it returned, without having had to wait for a lock; throws what it threw. */
    public T now() throws Exception {
      if (isBlocked()) {
        throw new AssertionError("a step waits for a lock and should not");
      }
      return result();
    }

    /** What it returned, once it has; throws what it threw. */
    public T result() throws Exception {
      try {
        return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      } catch (ExecutionException e) {
        if (e.getCause() instanceof Exception cause) {
          throw cause;
        }
        throw e;
      } catch (TimeoutException e) {
        throw new AssertionError("a step does not end", e);
      }
    }

    private boolean isDone(long waitMillis) throws InterruptedException {
      try {
        future.get(waitMillis, TimeUnit.MILLISECONDS);
        return true;
      } catch (ExecutionException e) {
        return true;
      } catch (TimeoutException e) {
        return false;
      }
    }
  }
}
