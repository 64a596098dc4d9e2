package io.jdbcmq.testing;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static java.util.stream.Collectors.joining;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.jdbcmq.internal.sql.LostRaces;
import io.jdbcmq.job.LeaseLostException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.postgresql.PGConnection;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Plays transactions of several actors in every order in which their steps can be merged, each time
 * on fresh rows, and collects the outcomes.
 *
 * <p>Each actor is a transaction, which is repeated where it lost a race, as those of the library's
 * own are; its last step is to commit or to roll back. A step is over once it is done or waits for
 * a lock. The schema is audited after each merge.
 *
 * @param <S> what the actors are given: ids and runs
 */
public final class Merges<S> implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 20;

  private final TestSchema db;
  private final Isolation isolation;
  private final Given<S> given;
  private final Map<String, Actor<S>> actors = new LinkedHashMap<>();
  private final Semaphore changes = new Semaphore(0);
  private final LockWatch locks;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  /**
   * Without actors yet.
   *
   * @param given prepares the rows of each merge
   */
  public Merges(TestSchema db, Isolation isolation, Given<S> given) throws SQLException {
    this.db = db;
    this.isolation = isolation;
    this.given = given;
    this.locks = new LockWatch(db.direct().getConnection());
    db.closing(this);
  }

  /** Adds an actor that commits. */
  public Merges<S> actor(String name, Work<S, ?> step) {
    return add(name, true, List.of(step));
  }

  /** Adds an actor of two steps that commits. */
  public Merges<S> actor(String name, Work<S, ?> first, Work<S, ?> second) {
    return add(name, true, List.of(first, second));
  }

  /** Adds an actor that rolls back in the end. */
  public Merges<S> undone(String name, Work<S, ?> step) {
    return add(name, false, List.of(step));
  }

  private Merges<S> add(String name, boolean commits, List<Work<S, ?>> steps) {
    HikariConfig config = new HikariConfig();
    PGSimpleDataSource source = db.direct();
    source.setOptions("-c default_transaction_isolation=" + isolation.sql().replace(" ", "\\ "));
    source.setCurrentSchema(db.name());
    config.setDataSource(source);
    config.setMaximumPoolSize(1);
    config.setAutoCommit(false);
    HikariDataSource pool = db.closing(new HikariDataSource(config));
    actors.put(name, new Actor<>(pool, steps, commits));
    return this;
  }

  /**
   * Plays all merges.
   *
   * @param look describes the rows after a merge
   * @return what the actors returned and what was left, each combination that came up
   */
  public Set<String> outcomes(Work<S, ?> look) throws Exception {
    Set<String> outcomes = new TreeSet<>();
    try (Connection connection = db.session()) {
      connection.createStatement().execute("set synchronous_commit = off");
      for (List<Integer> order : orders()) {
        wipe(connection);
        S rows = given.prepare(connection);
        String told = play(order, rows);
        outcomes.add(told + " -> " + look.run(connection, rows));
        List<String> findings = Audit.findings(connection);
        if (!findings.isEmpty()) {
          throw new AssertionError("the audit after " + order + " found: " + findings);
        }
      }
    }
    return outcomes;
  }

  private static void wipe(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          Stream.of(
                  "jobs",
                  "ready",
                  "delayed",
                  "parked",
                  "wakes",
                  "claims",
                  "runners",
                  "errors",
                  "dead",
                  "groups",
                  "paused",
                  "low_water")
              .map(table -> "delete from mq_" + table)
              .collect(joining(";")));
    }
  }

  /** All distinct orders of the actors' steps: an actor's number stands for its next step. */
  private List<List<Integer>> orders() {
    int[] left = actors.values().stream().mapToInt(actor -> actor.steps.size() + 1).toArray();
    List<List<Integer>> orders = new ArrayList<>();
    collect(left, new ArrayList<>(), orders);
    return orders;
  }

  private static void collect(int[] left, List<Integer> order, List<List<Integer>> orders) {
    if (Arrays.stream(left).sum() == 0) {
      orders.add(List.copyOf(order));
    }
    for (int i = 0; i < left.length; i++) {
      if (left[i] > 0) {
        left[i]--;
        order.add(i);
        collect(left, order, orders);
        order.remove(order.size() - 1);
        left[i]++;
      }
    }
  }

  private String play(List<Integer> order, S rows) throws Exception {
    List<Play> plays = new ArrayList<>();
    List<Future<String>> results = new ArrayList<>();
    for (Actor<S> actor : actors.values()) {
      Play play = new Play(actor, rows);
      plays.add(play);
      results.add(threads.submit(play::run));
    }
    rest(plays, order);
    for (int actor : order) {
      plays.get(actor).open();
      rest(plays, order);
    }
    List<String> told = new ArrayList<>();
    int i = 0;
    for (String name : actors.keySet()) {
      told.add(name + ": " + results.get(i++).get(PATIENCE_SECONDS, SECONDS));
    }
    return String.join(", ", told);
  }

  /** Returns once each actor has finished, waits for its turn, or waits for a lock. */
  private void rest(List<Play> plays, List<Integer> order) throws Exception {
    long deadline = System.nanoTime() + SECONDS.toNanos(PATIENCE_SECONDS);
    do {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("actors do not come to rest in " + order);
      }
      if (changes.tryAcquire(3, MILLISECONDS)) {
        changes.drainPermits();
      }
    } while (!isAtRest(plays));
  }

  private boolean isAtRest(List<Play> plays) throws SQLException {
    List<Integer> pids = plays.stream().map(Play::runningPid).toList();
    return Collections.max(pids) == 0
        || locks.blocked(pids(plays)).containsAll(pids.stream().filter(pid -> pid > 0).toList());
  }

  private List<Integer> pids(List<Play> plays) {
    return plays.stream().map(play -> play.pid).toList();
  }

  @Override
  public void close() throws SQLException {
    threads.shutdownNow();
    locks.close();
  }

  /** Prepares rows. */
  @FunctionalInterface
  public interface Given<S> {
    S prepare(Connection connection) throws SQLException;
  }

  /** A step. */
  @FunctionalInterface
  public interface Work<S, T> {
    T run(Connection connection, S rows) throws SQLException;
  }

  private record Actor<S>(DataSource pool, List<Work<S, ?>> steps, boolean commits) {}

  /** An actor in one merge. */
  private final class Play {
    private final Actor<S> actor;
    private final S rows;
    private int opened;
    private boolean running = true;
    private boolean finished;
    private volatile int pid;

    Play(Actor<S> actor, S rows) {
      this.actor = actor;
      this.rows = rows;
    }

    String run() throws SQLException {
      try {
        LostRaces races = new LostRaces();
        while (true) {
          try {
            return transaction();
          } catch (SQLException e) {
            if (!races.isAnother(e)) {
              throw e;
            }
          }
        }
      } catch (Undone e) {
        return "undone";
      } catch (LeaseLostException e) {
        return "lease lost";
      } finally {
        finish();
      }
    }

    private String transaction() throws SQLException {
      try (Connection connection = actor.pool.getConnection()) {
        String told;
        try {
          told = steps(connection);
        } catch (SQLException | RuntimeException e) {
          connection.rollback();
          throw e;
        }
        connection.commit();
        return told;
      }
    }

    private String steps(Connection connection) throws SQLException {
      pid = connection.unwrap(PGConnection.class).getBackendPID();
      List<String> told = new ArrayList<>();
      for (int i = 0; i < actor.steps.size(); i++) {
        await(i);
        told.add(String.valueOf(actor.steps.get(i).run(connection, rows)));
      }
      await(actor.steps.size());
      if (!actor.commits) {
        throw new Undone();
      }
      return String.join(" ", told);
    }

    synchronized void open() {
      opened++;
      running = true;
      notifyAll();
    }

    /** Waits for the turn of a step, unless the step is being repeated. */
    private synchronized void await(int step) {
      while (opened <= step) {
        running = false;
        changes.release();
        try {
          wait();
        } catch (InterruptedException e) {
          throw new IllegalStateException("the turn of a step does not come", e);
        }
      }
    }

    private synchronized void finish() {
      finished = true;
      changes.release();
    }

    /** Its session if it is at work; 0 if it waits for its turn or has finished. */
    synchronized int runningPid() {
      if (!running || finished) {
        return 0;
      }
      return pid == 0 ? Integer.MAX_VALUE : pid;
    }
  }

  /** Makes a transaction roll back. */
  private static final class Undone extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }
}
