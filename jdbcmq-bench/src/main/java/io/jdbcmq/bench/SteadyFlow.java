package io.jdbcmq.bench;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;

/** Senders that keep a rate, whatever the workers do, and workers. */
final class SteadyFlow implements AutoCloseable {
  private static final int AT_ONCE = 200;
  private static final int MOST_AT_ONCE = 1_000;
  private static final double WARM_UP = 0.2;
  private static final double NEARLY_ALL = 0.95;
  private static final long PROMPT_MICROS = 100_000;
  private static final long SETTLE_MILLIS = 3_000;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private final Ring ring;
  private final int threads;
  private final int list;
  private volatile Part part = new Part(0, 1);
  private Subject.Crew crew;

  SteadyFlow(Ring ring) {
    this.ring = ring;
    this.threads = ring.can(Ability.LISTS) ? 2 : 8;
    this.list = ring.can(Ability.LISTS) ? MOST_AT_ONCE : 1;
    this.crew = start();
  }

  private Subject.Crew start() {
    return ring.subject()
        .start(Subject.Terms.usual(AT_ONCE), message -> part.handle(message.text()));
  }

  /** How a rate was kept. */
  record Step(boolean holds, Figures.Builder figures) {}

  /** Sends at a rate per second for some seconds. */
  Step at(double rate, double seconds) throws Exception {
    int jobs = Math.max(20, (int) (rate * seconds));
    Part now = new Part(ring.numbers(jobs), jobs);
    part = now;
    AtomicInteger next = new AtomicInteger();
    Usage usage =
        ring.meter()
            .measure(jobs, () -> Clients.run(threads, thread -> send(now, next, rate, seconds)));
    boolean all = now.tally.awaitAll(SETTLE_MILLIS);
    int done = now.tally.done();
    Figures.Builder figures =
        Figures.of(done).rate(done, usage.nanos()).cost(usage.of(done)).waits(now.waits);
    if (now.tally.twice() > 0) {
      figures.with(Figures.TWICE, now.tally.twice());
    }
    boolean prompt = now.waits.getValueAtPercentile(99) < PROMPT_MICROS;
    boolean sent = next.get() >= jobs && jobs * 1e9 / usage.nanos() >= rate * NEARLY_ALL;
    if (!all) {
      startAnew();
    }
    return new Step(all && prompt && sent, figures);
  }

  /** The next step begins with nothing left to do. */
  private void startAnew() {
    crew.close();
    ring.subject().clear();
    crew = start();
  }

  private void send(Part now, AtomicInteger next, double rate, double seconds) {
    long start = System.nanoTime();
    long end = start + (long) (seconds * 1.05 * 1e9);
    while (next.get() < now.jobs && System.nanoTime() - end < 0) {
      long elapsed = System.nanoTime() - start;
      int due = (int) Math.min(now.jobs, elapsed * rate / 1e9);
      int begin = next.getAndUpdate(before -> before + Math.max(0, Math.min(list, due - before)));
      int count = Math.max(0, Math.min(list, due - begin));
      if (count == 0) {
        LockSupport.parkNanos(PAUSE_NANOS);
      } else {
        now.send(ring.subject(), begin, count);
      }
      if (next.get() - now.tally.done() > Math.max(2_000, rate)) {
        return; // more than a second behind: no need to go on
      }
    }
  }

  @Override
  public void close() {
    crew.close();
  }

  /** The jobs of a step. */
  private static final class Part {
    private final int from;
    private final int jobs;
    private final Tally tally;
    private final AtomicLongArray sentAt;
    private final ConcurrentHistogram waits =
        new ConcurrentHistogram(Duration.ofMinutes(5).toNanos() / 1_000, 3);

    Part(int from, int jobs) {
      this.from = from;
      this.jobs = jobs;
      this.tally = new Tally(from, jobs, jobs);
      this.sentAt = new AtomicLongArray(jobs);
    }

    void send(Subject subject, int begin, int count) {
      long now = System.nanoTime();
      for (int i = begin; i < begin + count; i++) {
        sentAt.set(i, now);
      }
      subject.sendAndWake(Payloads.messages(from + begin, count, 10));
    }

    void handle(String payload) {
      long now = System.nanoTime();
      int number = Payloads.number(payload) - from;
      if (tally.end(payload) && number >= jobs * WARM_UP) {
        waits.recordValue((now - sentAt.get(number)) / 1_000);
      }
    }
  }
}
