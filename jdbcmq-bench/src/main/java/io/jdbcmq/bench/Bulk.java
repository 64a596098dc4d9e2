package io.jdbcmq.bench;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** Fills a queue, as fast as the system can be filled through its own interface. */
final class Bulk {
  private static final int LIST = 1_000;
  private static final int THREADS_FOR_LISTS = 2;
  private static final int THREADS_FOR_SINGLES = 8;
  private static final int FEW = 20;

  private final Ring ring;
  private final int channels;

  Bulk(Ring ring, int channels) {
    this.ring = ring;
    this.channels = channels;
  }

  /** Sends so many jobs that are due, or those that can be sent in time; returns how many. */
  int send(int from, int count, Duration atMost) throws Exception {
    return send(from, count, atMost, ring.subject()::send);
  }

  /** The same for jobs that start later. */
  int sendAt(Instant due, int from, int count, Duration atMost) throws Exception {
    return send(from, count, atMost, messages -> ring.subject().sendAt(due, messages));
  }

  /** The same for ordered jobs, by one sender, so that there is an order. */
  int sendOrdered(int from, int count, Duration atMost) throws Exception {
    return send(1, from, count, atMost, ring.subject()::sendOrdered);
  }

  private int send(int from, int count, Duration atMost, Consumer<List<Subject.Message>> sender)
      throws Exception {
    int threads = ring.can(Ability.LISTS) ? THREADS_FOR_LISTS : THREADS_FOR_SINGLES;
    return send(threads, from, count, atMost, sender);
  }

  private int send(
      int threads, int from, int count, Duration atMost, Consumer<List<Subject.Message>> sender)
      throws Exception {
    long start = System.nanoTime();
    int list = ring.can(Ability.LISTS) ? LIST : FEW;
    AtomicInteger next = new AtomicInteger();
    AtomicInteger sent = new AtomicInteger();
    Clients.run(
        threads,
        thread -> {
          while (System.nanoTime() - start < atMost.toNanos()) {
            int begin = next.getAndAdd(list);
            int size = Math.min(list, count - begin);
            if (size <= 0) {
              return;
            }
            sender.accept(Payloads.messages(from + begin, size, channels));
            sent.addAndGet(size);
          }
        });
    return sent.get();
  }
}
