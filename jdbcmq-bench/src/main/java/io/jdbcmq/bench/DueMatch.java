package io.jdbcmq.bench;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.HdrHistogram.ConcurrentHistogram;

/**
 * How fast jobs are run that are due at the same second: from that second to the end of the last.
 * Waits are those of the handlers' starts.
 */
final class DueMatch implements Contest.Match {
  private static final int AT_ONCE = 200;
  private static final long START_MILLIS = 1_500;

  private final Ring ring;
  private final String name;
  private final int jobs;

  DueMatch(Ring ring, String name, int jobs) {
    this.ring = ring;
    this.name = name;
    this.jobs = jobs;
  }

  @Override
  @SuppressWarnings("try") // the crew works in the background until it is closed
  public Map<String, Figures> round(double seconds) throws Exception {
    Duration patience = Duration.ofMillis((long) (seconds * 2_500));
    Instant due =
        Instant.now()
            .plus(patience)
            .plusMillis(START_MILLIS + 1_000)
            .truncatedTo(ChronoUnit.SECONDS);
    int from = ring.numbers(jobs);
    int sent = new Bulk(ring, 1).sendAt(due, from, jobs, patience);
    ring.subject().vacuum();
    Tally tally = new Tally(from, jobs, sent);
    ConcurrentHistogram waits = new ConcurrentHistogram(3);
    long[] times = new long[2];
    AtomicInteger cut = new AtomicInteger();
    Usage usage;
    try (Subject.Crew crew =
        ring.subject()
            .start(
                Subject.Terms.usual(AT_ONCE),
                message -> {
                  waits.recordValue(Math.max(0, ChronoUnit.MICROS.between(due, Instant.now())));
                  tally.begin();
                  tally.end(message.text());
                })) {
      sleepUntil(due);
      times[0] = System.nanoTime();
      usage =
          ring.meter()
              .measure(
                  1,
                  () -> {
                    tally.awaitAll((long) (seconds * 2_000) + START_MILLIS);
                    cut.set(tally.done());
                    times[1] = tally.lastNanos() == 0 ? System.nanoTime() : tally.lastNanos();
                  });
      if (!tally.goesOn(Tally.STALLED)) {
        throw new IllegalStateException(
            "%,d of %,d jobs were run, and then none for %s"
                .formatted(tally.done(), sent, Tally.STALLED));
      }
    }
    int done = tally.done();
    Figures.Builder figures =
        Figures.of(done)
            .rate(cut.get(), times[1] - times[0])
            .cost(usage.of(done))
            .waits(waits)
            .dead(ring.place())
            .note(
                sent < jobs
                    ? "%,d jobs instead of %,d were sent in time".formatted(sent, jobs)
                    : cut.get() == 0 ? "no job was run in time" : "");
    if (tally.twice() > 0) {
      figures.with(Figures.TWICE, tally.twice());
    }
    ring.clear();
    return Map.of(name, figures.build());
  }

  private static void sleepUntil(Instant due) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(Math.max(0, Duration.between(Instant.now(), due).toMillis()));
  }
}
