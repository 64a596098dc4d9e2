package io.jdbcmq.bench;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;

/** From just before a send to the start of the handler, at 50 jobs per second and idle workers. */
final class LatencyMatch implements Contest.Match {
  private static final int PER_SECOND = 50;
  private static final int AT_ONCE = 20;
  private static final int WARM_UP = 25;
  private static final long PATIENCE_MILLIS = 15_000;
  private static final long GAP_NANOS = TimeUnit.SECONDS.toNanos(1) / PER_SECOND;

  private final Ring ring;
  private final String name;

  LatencyMatch(Ring ring, String name) {
    this.ring = ring;
    this.name = name;
  }

  @Override
  @SuppressWarnings("try") // the crew works in the background until it is closed
  public Map<String, Figures> round(double seconds) throws Exception {
    int jobs = Math.max(PER_SECOND, (int) (seconds * PER_SECOND));
    int from = ring.numbers(jobs + WARM_UP);
    Tally tally = new Tally(from, jobs + WARM_UP, jobs + WARM_UP);
    AtomicLongArray sentAt = new AtomicLongArray(jobs + WARM_UP);
    ConcurrentHistogram waits = new ConcurrentHistogram(3);
    Usage usage;
    try (Subject.Crew crew =
        ring.subject()
            .start(
                Subject.Terms.usual(AT_ONCE),
                message -> {
                  long now = System.nanoTime();
                  int number = Payloads.number(message.text()) - from;
                  if (tally.end(message.text()) && number >= WARM_UP) {
                    waits.recordValue((now - sentAt.get(number)) / 1_000);
                  }
                })) {
      send(from, 0, WARM_UP, sentAt);
      usage =
          ring.meter()
              .measure(
                  jobs,
                  () -> {
                    send(from, WARM_UP, jobs, sentAt);
                    if (!tally.awaitAll(PATIENCE_MILLIS)) {
                      throw new IllegalStateException(
                          "%d of %d jobs did not start within %s"
                              .formatted(
                                  jobs + WARM_UP - tally.done(),
                                  jobs + WARM_UP,
                                  Duration.ofMillis(PATIENCE_MILLIS)));
                    }
                  });
    }
    Figures.Builder figures = Figures.of(jobs).cost(usage).waits(waits);
    if (tally.twice() > 0) {
      figures.with(Figures.TWICE, tally.twice());
    }
    ring.clear();
    return Map.of(name, figures.build());
  }

  private void send(int from, int begin, int count, AtomicLongArray sentAt) {
    long start = System.nanoTime();
    for (int i = 0; i < count; i++) {
      LockSupport.parkNanos(start + i * GAP_NANOS - System.nanoTime());
      sentAt.set(begin + i, System.nanoTime());
      ring.subject().sendAndWake(Payloads.messages(from + begin + i, 1, 1));
    }
  }
}
