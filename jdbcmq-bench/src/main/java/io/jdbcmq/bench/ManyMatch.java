package io.jdbcmq.bench;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** How fast several processes run jobs that wait, with 200 handlers at once in all of them. */
final class ManyMatch implements Contest.Match {
  private static final int AT_ONCE = 200;
  private static final int WARM_UP_JOBS = 10_000;

  /** New processes have everything to compile. */
  private static final double LEAST_SECONDS = 1.5;

  private static final Duration START = Duration.ofSeconds(60);
  private static final Duration STOP = Duration.ofSeconds(60);
  private static final long FIRST_NANOS = Duration.ofSeconds(30).toNanos();
  private static final long LOOK_MILLIS = 2;

  private final Ring ring;
  private final String name;
  private final int jobs;
  private final List<Child> workers = new ArrayList<>();

  ManyMatch(Ring ring, String name, int processes, int jobs) throws Exception {
    this.ring = ring;
    this.name = name;
    this.jobs = jobs;
    String system = ring.contender().name();
    Path log = Path.of(System.getProperty(Player.LOG, "bench-worker.log"));
    for (int i = 0; i < processes; i++) {
      workers.add(
          new Child(
              "worker %d of %s".formatted(i, system),
              log,
              "512m",
              Worker.class,
              List.of(system, ring.place().database().url(), ring.place().schema())));
    }
    for (Child worker : workers) {
      worker.hear(START);
    }
    play(WARM_UP_JOBS, LEAST_SECONDS);
  }

  @Override
  public Map<String, Figures> round(double seconds) throws Exception {
    return Map.of(name, play(jobs, Math.max(LEAST_SECONDS, seconds)));
  }

  private Figures play(int most, double seconds) throws Exception {
    Duration patience = Duration.ofMillis((long) (seconds * 2_500));
    int from = ring.numbers(most);
    int sent = new Bulk(ring, 1).send(from, most, patience);
    ring.subject().vacuum();
    Team team = new Team(sent);
    Usage usage =
        ring.meter()
            .measure(
                1,
                () -> {
                  String go = "go %d %d %d".formatted(from, sent, AT_ONCE / workers.size());
                  workers.forEach(worker -> worker.tell(go));
                  team.watch((long) (seconds * 1e9));
                  team.requireProgress();
                  workers.forEach(worker -> worker.tell("stop"));
                  team.collect();
                });
    Figures figures = team.figures(usage).build();
    ring.clear();
    return figures;
  }

  @Override
  public void close() {
    workers.forEach(Child::close);
  }

  /** What the workers say. */
  private final class Team {
    private final int target;
    private final int[] done = new int[workers.size()];
    private final BitSet run = new BitSet();
    private int twice;
    private long workerCpuNanos;
    private long firstNanos;
    private long endNanos;
    private int doneAtEnd;

    Team(int target) {
      this.target = target;
    }

    /** Until all is done, or so long after the first was. */
    void watch(long nanos) throws InterruptedException {
      long start = System.nanoTime();
      do {
        TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        listen();
        endNanos = System.nanoTime();
        doneAtEnd = sum();
        if (firstNanos == 0 && doneAtEnd > 0) {
          firstNanos = endNanos;
        }
        if (firstNanos == 0 && endNanos - start > FIRST_NANOS) {
          throw new IllegalStateException("no job was run within 30 s");
        }
      } while (doneAtEnd < target && (firstNanos == 0 || endNanos - firstNanos < nanos));
    }

    /** If nothing happens for long, those that are left are lost. */
    void requireProgress() throws InterruptedException {
      long end = System.nanoTime() + Tally.STALLED.toNanos();
      while (doneAtEnd < target && sum() == doneAtEnd) {
        if (System.nanoTime() - end > 0) {
          throw new IllegalStateException(
              "%,d of %,d jobs were run, and then none for %s"
                  .formatted(doneAtEnd, target, Tally.STALLED));
        }
        TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        listen();
      }
    }

    private void listen() throws InterruptedException {
      for (int i = 0; i < done.length; i++) {
        try {
          String answer = workers.get(i).hear(Duration.ZERO);
          done[i] = Integer.parseInt(answer.substring("done ".length()));
        } catch (TimeoutException e) {
          // nothing new
        }
      }
    }

    void collect() throws InterruptedException, TimeoutException {
      for (int i = 0; i < done.length; i++) {
        String answer = workers.get(i).hear(STOP);
        while (!answer.startsWith("report ")) {
          answer = workers.get(i).hear(STOP);
        }
        String[] words = answer.split(" ", -1);
        done[i] = Integer.parseInt(words[1]);
        twice += Integer.parseInt(words[2]);
        workerCpuNanos += Long.parseLong(words[3]);
        ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(words[4]));
        BitSet other = BitSet.valueOf(bytes.asLongBuffer());
        BitSet both = (BitSet) run.clone();
        both.and(other);
        twice += both.cardinality();
        run.or(other);
      }
    }

    private int sum() {
      int sum = 0;
      for (int each : done) {
        sum += each;
      }
      return sum;
    }

    Figures.Builder figures(Usage usage) throws InterruptedException {
      Usage all =
          new Usage(
              sum(),
              usage.nanos(),
              usage.clientCpuNanos() + workerCpuNanos,
              usage.serverCpuNanos(),
              usage.walBytes());
      Figures.Builder figures =
          Figures.of(sum()).rate(doneAtEnd, endNanos - firstNanos).cost(all).dead(ring.place());
      return twice == 0 ? figures : figures.with(Figures.TWICE, twice);
    }
  }
}
