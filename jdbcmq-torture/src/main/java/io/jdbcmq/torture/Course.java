package io.jdbcmq.torture;

import io.jdbcmq.torture.check.Checker;
import io.jdbcmq.torture.check.Leftovers;
import io.jdbcmq.torture.check.Verdict;
import io.jdbcmq.torture.fault.Fault;
import io.jdbcmq.torture.history.Event;
import io.jdbcmq.torture.history.Journal;
import io.jdbcmq.torture.plant.Plant;
import io.jdbcmq.torture.site.Proxy;
import io.jdbcmq.torture.site.Site;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** One run: a calm start, faults while jobs are sent, then peace until all have run; the check. */
final class Course {
  private static final int PRODUCERS = 2;
  private static final int RUNNERS = 3;
  private static final Duration CALM = Duration.ofSeconds(4);

  /** Generous: retries of a job that was struck several times take seconds each. */
  private static final Duration DRAIN = Duration.ofMinutes(2);

  /** With a defect, which may be that jobs never end. */
  private static final Duration PLANTED_DRAIN = Duration.ofSeconds(20);

  private final Path folder;
  private final long seed;
  private final int seconds;
  private final List<Fault> faults;
  private final Optional<Plant> plant;
  private final Random random;
  private final Map<Fault, Integer> struck = new EnumMap<>(Fault.class);
  private int died;

  Course(Path folder, long seed, int seconds, List<Fault> faults, Optional<Plant> plant) {
    this.plant = plant;
    this.folder = folder;
    this.seed = seed;
    this.seconds = seconds;
    this.faults = faults;
    this.random = new Random(seed);
  }

  Report run() throws Exception {
    try (Site site = Site.open(folder);
        Journal journal = Journal.open(folder, "harness")) {
      if (plant.isPresent()) {
        site.plant(plant.get());
      }
      for (int i = 0; i < RUNNERS; i++) {
        site.startRunner();
      }
      for (int i = 0; i < PRODUCERS; i++) {
        site.startProducer(seed);
      }
      long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
      Thread.sleep(CALM.toMillis());
      while (System.nanoTime() < end) {
        strike(site, journal);
        Thread.sleep(random.nextInt(1_500));
        died += site.replaceDead();
      }
      site.proxies().forEach(Proxy::heal);
      site.endProducers();
      say("all is sent, %d jobs are left", site.live());
      drain(site);
      List<String> late = site.endRunners();
      Leftovers leftovers = site.leftovers();
      List<Event> events = Journal.readAll(folder);
      Verdict verdict = Checker.check(events, leftovers);
      return new Report(seed, seconds, struck, died, late, leftovers, verdict);
    }
  }

  private void strike(Site site, Journal journal) throws Exception {
    if (faults.isEmpty()) {
      Thread.sleep(500);
      return;
    }
    Fault fault = faults.get(random.nextInt(faults.size()));
    say("%s", fault.text());
    journal.note(new Event.Fault(System.nanoTime(), "harness", fault.text(), true));
    fault.strike(site, random);
    journal.note(new Event.Fault(System.nanoTime(), "harness", fault.text(), false));
    struck.merge(fault, 1, Integer::sum);
  }

  /** Waits until no job is left. Handlers that end their process may still do so. */
  private void drain(Site site) throws Exception {
    long begun = System.nanoTime();
    long end = begun + (plant.isPresent() ? PLANTED_DRAIN : DRAIN).toNanos();
    while (site.live() > 0 && System.nanoTime() < end) {
      Thread.sleep(200);
      died += site.replaceDead();
    }
    say("drained in %.1f s", (System.nanoTime() - begun) / 1e9);
  }

  private static void say(String format, Object... values) {
    System.out.printf("  " + format + "%n", values);
  }
}
