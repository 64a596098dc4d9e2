package io.jdbcmq.bench;

import java.sql.Connection;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** How fast jobs can be sent while nobody works. */
final class SendMatch implements Contest.Match {
  private static final int MOST = 5_000_000;
  private static final Duration OPENING = Duration.ofMillis(100);

  private final Ring ring;
  private final String name;
  private final int threads;
  private final int list;
  private final boolean joins;

  /**
   * A match.
   *
   * @param list how many jobs are sent at once
   * @param joins whether in a transaction of the caller
   */
  SendMatch(Ring ring, String name, int threads, int list, boolean joins) {
    this.ring = ring;
    this.name = name;
    this.threads = threads;
    this.list = list;
    this.joins = joins;
  }

  @Override
  public Map<String, Figures> round(double seconds) throws Exception {
    int from = ring.numbers(MOST + 2 * threads * list);
    AtomicInteger next = new AtomicInteger();
    AtomicInteger sent = new AtomicInteger();
    // Each thread's connection is opened and has its plans before the meters are read.
    Clients.run(threads, thread -> send(from, next, sent, System.nanoTime() + OPENING.toNanos()));
    sent.set(0);
    LongAdder allocated = new LongAdder();
    Usage usage =
        ring.meter()
            .measure(
                1,
                () -> {
                  long end = System.nanoTime() + (long) (seconds * 1e9);
                  Clients.run(
                      threads,
                      thread -> {
                        send(from, next, sent, end);
                        allocated.add(Allocated.byThisThread()); // which does nothing else
                      });
                });
    Figures figures =
        Figures.of(sent.get())
            .rate(sent.get(), usage.nanos())
            .cost(usage.of(sent.get()))
            .allocated(allocated.sum(), sent.get())
            .dead(ring.place())
            .build();
    ring.clear();
    return Map.of(name, figures);
  }

  private void send(int from, AtomicInteger next, AtomicInteger sent, long end) throws Exception {
    Connection connection = joins ? ring.place().senders().getConnection() : null;
    try {
      while (System.nanoTime() - end < 0 && next.get() < MOST) {
        var messages = Payloads.messages(from + next.getAndAdd(list), list, 1);
        if (connection == null) {
          ring.subject().send(messages);
        } else {
          connection.setAutoCommit(false);
          ring.subject().send(connection, messages);
          connection.commit();
        }
        sent.addAndGet(list);
      }
    } finally {
      if (connection != null) {
        connection.close();
      }
    }
  }
}
