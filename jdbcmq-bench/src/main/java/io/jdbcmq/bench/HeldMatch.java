package io.jdbcmq.bench;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Whether a queue keeps its pace while a snapshot is held elsewhere, by a report or a backup:
 * senders that keep a bounded number of jobs waiting, workers at full speed, and a transaction that
 * stays open. What the first and the last seconds cost.
 */
final class HeldMatch implements Contest.Match {
  static final String FIRST = "held-first";
  static final String LAST = "held-last";

  private static final int AT_ONCE = 200;
  private static final int MOST_WAITING = 10_000;

  private final Ring ring;
  private final int threads;
  private final int list;

  HeldMatch(Ring ring) {
    this.ring = ring;
    this.threads = ring.can(Ability.LISTS) ? 2 : 8;
    this.list = ring.can(Ability.LISTS) ? 100 : 1;
  }

  @Override
  @SuppressWarnings("try") // snapshot and crew are there until they are closed
  public Map<String, Figures> round(double seconds) throws Exception {
    // A full run has rounds of 12 s: held for 120 s, measured for 10.
    long heldMillis = (long) (seconds * (ring.isQuick() ? 5_000 : 10_000));
    long edgeMillis = Math.max(500, heldMillis / 12);
    Semaphore room = new Semaphore(MOST_WAITING);
    LongAdder done = new LongAdder();
    AtomicBoolean over = new AtomicBoolean();
    Usage[] edges = new Usage[2];
    try (Subject.Crew crew =
        ring.subject()
            .start(
                Subject.Terms.usual(AT_ONCE),
                message -> {
                  done.increment();
                  room.release();
                })) {
      Thread senders = new Thread(() -> send(room, over), "senders");
      senders.start();
      while (done.sum() == 0 && senders.isAlive()) {
        TimeUnit.MILLISECONDS.sleep(10);
      }
      TimeUnit.MILLISECONDS.sleep(edgeMillis); // until the code is compiled
      try (Connection elsewhere = ring.place().database().direct().getConnection()) {
        takeSnapshot(elsewhere);
        edges[0] = edge(done, edgeMillis);
        TimeUnit.MILLISECONDS.sleep(heldMillis - 2 * edgeMillis);
        edges[1] = edge(done, edgeMillis);
      } finally {
        over.set(true);
        room.release(MOST_WAITING); // nobody waits for room any more
        senders.join();
      }
    }
    long dead = ring.place().deadTuples();
    ring.clear();
    return Map.of(
        FIRST,
        figures(edges[0]).build(),
        LAST,
        figures(edges[1]).with(Figures.DEAD, (double) dead).build());
  }

  private Usage edge(LongAdder done, long millis) throws Exception {
    long before = done.sum();
    Usage usage = ring.meter().measure(1, () -> TimeUnit.MILLISECONDS.sleep(millis));
    return usage.of(done.sum() - before);
  }

  private static Figures.Builder figures(Usage usage) {
    return Figures.of(usage.jobs()).rate(usage.jobs(), usage.nanos()).cost(usage);
  }

  private void send(Semaphore room, AtomicBoolean over) {
    AtomicInteger numbers = new AtomicInteger(ring.numbers(0));
    try {
      Clients.run(
          threads,
          thread -> {
            while (!over.get()) {
              if (room.tryAcquire(list, 100, TimeUnit.MILLISECONDS)) {
                int from = numbers.getAndAdd(list) % 800_000_000;
                ring.subject().send(Payloads.messages(from, list, 10));
              }
            }
          });
    } catch (Exception e) {
      throw new IllegalStateException("a sender has failed", e);
    }
  }

  private static void takeSnapshot(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select txid_current_snapshot()")) {
      rows.next();
    }
  }
}
