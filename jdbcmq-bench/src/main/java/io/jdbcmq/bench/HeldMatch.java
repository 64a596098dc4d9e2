package io.jdbcmq.bench;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

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

  /** More than can be run in a round. */
  private static final int MOST = 50_000_000;

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
    int from = ring.numbers(MOST);
    Tally tally = new Tally(from, MOST, MOST);
    AtomicInteger sent = new AtomicInteger();
    AtomicBoolean over = new AtomicBoolean();
    Usage[] edges = new Usage[2];
    try (Subject.Crew crew =
        ring.subject()
            .start(
                Subject.Terms.usual(AT_ONCE),
                message -> {
                  tally.begin();
                  tally.end(message.text());
                  room.release();
                })) {
      FutureTask<Void> senders =
          new FutureTask<>(
              () -> {
                send(room, over, from, sent);
                return null;
              });
      new Thread(senders, "senders").start();
      while (tally.done() == 0 && !senders.isDone()) {
        TimeUnit.MILLISECONDS.sleep(10);
      }
      TimeUnit.MILLISECONDS.sleep(edgeMillis); // until the code is compiled
      try (Connection elsewhere = ring.place().database().direct().getConnection()) {
        takeSnapshot(elsewhere);
        edges[0] = edge(tally, edgeMillis);
        TimeUnit.MILLISECONDS.sleep(heldMillis - 2 * edgeMillis);
        edges[1] = edge(tally, edgeMillis);
      } finally {
        over.set(true);
      }
      senders.get(); // a sender that has failed is no slow queue
      requireEnd(tally, sent.get());
    }
    long dead = ring.place().deadTuples();
    ring.clear();
    int twice = tally.twice() + tally.strangers();
    Figures.Builder last = figures(edges[1]).with(Figures.DEAD, (double) dead);
    return Map.of(
        FIRST,
        figures(edges[0]).build(),
        LAST,
        twice == 0 ? last.build() : last.with(Figures.TWICE, twice).build());
  }

  private Usage edge(Tally tally, long millis) throws Exception {
    long before = tally.done();
    Usage usage = ring.meter().measure(1, () -> TimeUnit.MILLISECONDS.sleep(millis));
    return usage.of(tally.done() - before);
  }

  private static Figures.Builder figures(Usage usage) {
    return Figures.of(usage.jobs()).rate(usage.jobs(), usage.nanos()).cost(usage);
  }

  private void send(Semaphore room, AtomicBoolean over, int from, AtomicInteger sent)
      throws Exception {
    AtomicInteger next = new AtomicInteger();
    Clients.run(
        threads,
        thread -> {
          while (!over.get()) {
            if (room.tryAcquire(list, 100, TimeUnit.MILLISECONDS)) {
              ring.subject().send(Payloads.messages(from + next.getAndAdd(list), list, 10));
              sent.addAndGet(list);
            }
          }
        });
  }

  /** All that were sent are run, or after a while some of them still are. */
  private static void requireEnd(Tally tally, int sent) throws InterruptedException {
    long end = System.nanoTime() + Tally.STALLED.toNanos();
    while (tally.done() < sent && System.nanoTime() - end < 0) {
      int before = tally.done();
      if (!tally.goesOn(Tally.STALLED)) {
        throw new IllegalStateException(
            "%,d of %,d jobs were run, and then none for %s"
                .formatted(before, sent, Tally.STALLED));
      }
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
