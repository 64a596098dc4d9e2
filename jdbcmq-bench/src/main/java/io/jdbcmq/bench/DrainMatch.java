package io.jdbcmq.bench;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;

/**
 * How fast workers of one process run jobs that wait. A round ends when its jobs have been run, or
 * after its time. The rate is that of the time between the beginning of the first handler and the
 * end of the last, so that it does not depend on how long a system takes to start and stop; CPU
 * time and log are those of all that, per job that was run.
 */
final class DrainMatch implements Contest.Match {
  private static final int AT_ONCE = 200;
  private static final int FIRST_MILLIS = 30_000;
  private static final int MANY = 500_000;
  private static final Duration FAR = Duration.ofDays(30);

  private final Ring ring;
  private final String name;
  private final Plan plan;
  private int first = -1;
  private int sent;
  private int waiting;
  private int later;

  /**
   * What is drained.
   *
   * @param jobs how many are run in a round
   * @param backlog how many wait when it begins
   * @param channels in how many channels
   * @param workMillis for how long each handler blocks
   * @param ordered whether the jobs of a channel run one after the other
   * @param later how many wait that are due far ahead
   */
  record Plan(int jobs, int backlog, int channels, int workMillis, boolean ordered, int later) {
    static Plan of(int jobs) {
      return new Plan(jobs, jobs, 1, 0, false, 0);
    }

    Plan backlog(int size) {
      return new Plan(jobs, size, channels, workMillis, ordered, later);
    }

    Plan channels(int count) {
      return new Plan(jobs, backlog, count, workMillis, ordered, later);
    }

    Plan work(int millis) {
      return new Plan(jobs, backlog, channels, millis, ordered, later);
    }

    Plan inOrder() {
      return new Plan(jobs, backlog, channels, workMillis, true, later);
    }

    Plan later(int count) {
      return new Plan(jobs, backlog, channels, workMillis, ordered, count);
    }

    boolean keepsBacklog() {
      return backlog > jobs;
    }
  }

  DrainMatch(Ring ring, String name, Plan plan) {
    this.ring = ring;
    this.name = name;
    this.plan = plan;
  }

  @Override
  public Map<String, Figures> round(double seconds) throws Exception {
    Duration patience = Duration.ofMillis((long) (seconds * 2_500));
    Duration patienceForMany = patience.multipliedBy(4);
    if (first < 0) {
      sendLater(patienceForMany);
      first = ring.numbers(0);
    }
    fill(plan.keepsBacklog() && sent == 0 ? patienceForMany : patience);
    String note = missing();
    if (!note.isEmpty() && !ring.isQuick() && (plan.keepsBacklog() || plan.later() > 0)) {
      return Map.of(name, Figures.leftOut(note));
    }
    Figures figures = drain((long) (seconds * 1_000), note);
    if (waiting == 0 && plan.later() == 0) {
      ring.clear();
    } else if (plan.backlog() < MANY) {
      ring.subject().vacuum();
    }
    return Map.of(name, figures);
  }

  private void sendLater(Duration patience) throws Exception {
    if (plan.later() > 0) {
      int from = ring.numbers(plan.later());
      later = new Bulk(ring, 1).sendAt(Instant.now().plus(FAR), from, plan.later(), patience);
    }
  }

  /** As many jobs as there should be, or as can be sent in time. */
  private void fill(Duration patience) throws Exception {
    Bulk bulk = new Bulk(ring, plan.channels());
    int from = ring.numbers(0);
    int count = plan.backlog() - waiting;
    int more =
        plan.ordered() ? bulk.sendOrdered(from, count, patience) : bulk.send(from, count, patience);
    ring.numbers(more);
    boolean fresh = sent == 0;
    sent += more;
    waiting += more;
    if (fresh) {
      ring.subject().vacuum();
    }
  }

  private String missing() {
    if (later < plan.later()) {
      return "%,d delayed jobs instead of %,d were sent in time".formatted(later, plan.later());
    }
    return waiting < plan.backlog()
        ? "%,d jobs instead of %,d were sent in time".formatted(waiting, plan.backlog())
        : "";
  }

  @SuppressWarnings("try") // the crew works in the background until it is closed
  private Figures drain(long millis, String note) throws Exception {
    int target = Math.min(plan.jobs(), waiting);
    Tally tally = new Tally(first, sent, target);
    Order order = new Order(plan.ordered() ? plan.channels() : 0);
    long[] cut = new long[3];
    Allocated allocated = new Allocated();
    Usage usage =
        ring.meter()
            .measure(
                1,
                () -> {
                  try (Subject.Crew crew =
                      ring.subject()
                          .start(
                              Subject.Terms.usual(AT_ONCE),
                              message -> handle(message, tally, order))) {
                    if (!tally.awaitFirst(FIRST_MILLIS)) {
                      throw new IllegalStateException("no job was run within 30 s");
                    }
                    tally.awaitAll(millis);
                    cut[0] = tally.done();
                    cut[1] = System.nanoTime();
                    cut[2] = allocated.bytes();
                    requireProgress(tally, target);
                  }
                });
    waiting -= tally.done();
    check(tally, order);
    boolean complete = tally.lastNanos() != 0;
    Figures.Builder figures =
        Figures.of(tally.done())
            .rate(
                complete ? target : cut[0],
                (complete ? tally.lastNanos() : cut[1]) - tally.firstNanos())
            .cost(usage.of(tally.done()))
            .allocated(cut[2], cut[0])
            .dead(ring.place())
            .note(note);
    return tally.twice() == 0
        ? figures.build()
        : figures.with(Figures.TWICE, tally.twice()).build();
  }

  private void handle(Subject.Message message, Tally tally, Order order) {
    tally.begin();
    order.begin(message);
    if (plan.workMillis() > 0) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(plan.workMillis()));
    }
    tally.end(message.text());
  }

  private static void requireProgress(Tally tally, int target) throws InterruptedException {
    if (!tally.goesOn(Tally.STALLED)) {
      throw new IllegalStateException(
          "%,d of %,d jobs were run, and then none for %s"
              .formatted(tally.done(), target, Tally.STALLED));
    }
  }

  private static void check(Tally tally, Order order) {
    if (tally.strangers() > 0) {
      throw new IllegalStateException(tally.strangers() + " jobs were run that were not sent");
    }
    if (order.broken() > 0) {
      throw new IllegalStateException(order.broken() + " jobs were run out of order");
    }
  }

  /** Whether the numbers of each channel come in order. */
  private static final class Order {
    private final AtomicIntegerArray last;
    private final AtomicInteger broken = new AtomicInteger();

    /** For so many channels; none: any order will do. */
    Order(int channels) {
      last = new AtomicIntegerArray(channels);
    }

    void begin(Subject.Message message) {
      if (last.length() > 0) {
        int number = Payloads.number(message.text());
        if (last.getAndSet(number % last.length(), number) > number) {
          broken.incrementAndGet();
        }
      }
    }

    int broken() {
      return broken.get();
    }
  }
}
