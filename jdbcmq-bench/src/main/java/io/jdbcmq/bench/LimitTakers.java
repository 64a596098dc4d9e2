package io.jdbcmq.bench;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.postgresql.PGConnection;

/** Threads that take jobs from the table of the limit, and others that handle them. */
final class LimitTakers implements Subject.Crew {
  /** What senders notify. */
  static final String TOPIC = "limit_jobs";

  private static final int BATCH = 100;
  private static final int THREADS = 4;
  private static final int IDLE_MILLIS = 20;
  private static final String TAKE =
      "delete from jobs where id = any (array("
          + "select id from jobs order by id limit ? for update skip locked)) returning payload";

  private final Place place;
  private final int batch;
  private final int atOnce;
  private final Consumer<Subject.Message> handler;
  private final Semaphore slots;
  private final Semaphore wakeUps = new Semaphore(0);
  private final ExecutorService handlers;
  private final List<Thread> takers = new ArrayList<>();
  private final Thread listener;
  private volatile boolean over;

  LimitTakers(Place place, Subject.Terms terms, Consumer<Subject.Message> handler) {
    this.place = place;
    this.handler = handler;
    this.atOnce = terms.atOnce();
    this.batch = Math.min(BATCH, atOnce);
    this.slots = new Semaphore(atOnce);
    this.handlers = Executors.newFixedThreadPool(atOnce);
    this.listener = new Thread(this::listen, "limit-listener");
    listener.start();
    for (int i = 0; i < THREADS; i++) {
      Thread taker = new Thread(this::take, "limit-taker-" + i);
      taker.start();
      takers.add(taker);
    }
  }

  private void listen() {
    try (Connection connection = place.database().direct().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("listen " + TOPIC);
      while (!over) {
        if (connection.unwrap(PGConnection.class).getNotifications(100).length > 0) {
          wakeUps.release();
        }
      }
    } catch (SQLException e) {
      throw new IllegalStateException("the listener of the limit has failed", e);
    }
  }

  private void take() {
    try (Connection connection = place.workers().getConnection();
        PreparedStatement take = connection.prepareStatement(TAKE)) {
      while (!over) {
        slots.acquireUninterruptibly(batch);
        int taken = take(take);
        slots.release(batch - taken);
        if (taken == 0 && wakeUps.tryAcquire(IDLE_MILLIS, TimeUnit.MILLISECONDS)) {
          wakeUps.drainPermits();
        }
      }
    } catch (SQLException | InterruptedException e) {
      throw new IllegalStateException("a taker of the limit has failed", e);
    }
  }

  private int take(PreparedStatement take) throws SQLException {
    take.setInt(1, batch);
    int taken = 0;
    try (ResultSet rows = take.executeQuery()) {
      while (rows.next()) {
        Subject.Message message = new Subject.Message("", rows.getString(1));
        taken++;
        handlers.execute(
            () -> {
              handler.accept(message);
              slots.release();
            });
      }
    }
    return taken;
  }

  @Override
  public void close() {
    over = true;
    try {
      for (Thread taker : takers) {
        taker.join();
      }
      slots.acquire(atOnce);
      handlers.shutdown();
      listener.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
