package io.jdbcmq.torture;

import io.jdbcmq.torture.check.Checker;
import io.jdbcmq.torture.check.Leftovers;
import io.jdbcmq.torture.check.Verdict;
import io.jdbcmq.torture.fault.Fault;
import io.jdbcmq.torture.history.Event;
import io.jdbcmq.torture.history.Journal;
import io.jdbcmq.torture.role.Work;
import io.jdbcmq.torture.site.ClockWatch;
import io.jdbcmq.torture.site.Observer;
import io.jdbcmq.torture.site.Proxy;
import io.jdbcmq.torture.site.ServerLogs;
import io.jdbcmq.torture.site.Site;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One run: a calm start, faults while jobs are sent, then peace until all have run; the check. */
final class Course {
  private static final int PRODUCERS = 2;
  private static final int RUNNERS = 3;
  private static final Duration CALM = Duration.ofSeconds(4);

  private static final Duration START = Duration.ofMinutes(1);

  /** For so long none has ended: retries of a job that was struck several times take seconds. */
  private static final Duration STANDSTILL = Duration.ofMinutes(2);

  /** With a defect, which may be that jobs never end. */
  private static final Duration PLANTED_STANDSTILL = Duration.ofSeconds(20);

  /** However slow the machine is. */
  private static final Duration LONGEST_DRAIN = Duration.ofMinutes(10);

  private final Plan plan;
  private int died;

  Course(Plan plan) {
    this.plan = plan;
  }

  Report run() throws Exception {
    try (Site site = Site.open(plan.folder(), plan.seed(), plan.pauseMs());
        Journal journal = Journal.open(plan.folder(), "harness");
        Observer observer =
            Observer.start(site, Work.FIRST_BACKOFF.toMillis(), Work.LONGEST_BACKOFF.toMillis());
        ClockWatch clock = ClockWatch.start(journal)) {
      if (plan.defect().isPresent()) {
        site.plant(plan.defect().get());
      }
      plan.old().ifPresent(site.fleet()::mix);
      for (int i = 0; i < RUNNERS; i++) {
        site.fleet().startRunner();
      }
      for (int i = 0; i < PRODUCERS; i++) {
        site.fleet().startProducer();
      }
      Attack attack = new Attack(site, journal, plan);
      if (hasBegun(site)) {
        attack(site, attack);
      }
      site.proxies().all().forEach(Proxy::heal);
      if (plan.faults().contains(Fault.DEAF)) {
        // What is left has to be found by whoever looks for it.
        site.proxies().listeners().swallow();
      }
      site.fleet().endProducers();
      say("all is sent, %d jobs are left", site.live());
      drain(site, journal);
      List<String> late = site.fleet().endRunners();
      observer.finish();
      if (clock.steps() > 0) {
        say(
            "the time of day has jumped %d times, which explains what is early or late",
            clock.steps());
      }
      return report(site, observer, attack, late);
    }
  }

  private void attack(Site site, Attack attack) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(plan.seconds()).toNanos();
    Thread.sleep(CALM.toMillis());
    while (System.nanoTime() < end) {
      attack.strike();
      died += site.fleet().replaceDead();
    }
  }

  /**
   * Waits for the first job: processes take their time to start on a busy machine, and that of the
   * run begins after it. Returns false if producers end by themselves instead.
   */
  private static boolean hasBegun(Site site) throws Exception {
    long end = System.nanoTime() + START.toNanos();
    while (!site.hasBegun()) {
      if (System.nanoTime() > end) {
        if (!site.fleet().ended().isEmpty()) {
          return false;
        }
        throw new IllegalStateException(
            "no job was sent within %d s; see the logs of the producers"
                .formatted(START.toSeconds()));
      }
      site.fleet().replaceDead();
      Thread.sleep(20);
    }
    return true;
  }

  private Report report(Site site, Observer observer, Attack attack, List<String> late)
      throws IOException, SQLException {
    Leftovers leftovers = site.leftovers(observer.findings(), observer.lapses());
    List<Event> events = Journal.readAll(plan.folder());
    Verdict verdict = Checker.check(events, leftovers, observer.samples());
    return new Report(
        plan,
        attack.struck(),
        site.counts(),
        felt(attack.struck().keySet(), site.logs()),
        died,
        late,
        observer.looks(),
        observer.deadlocks(),
        leftovers.dead().size(),
        verdict);
  }

  /** Of each fault of which the server's log tells whether it has struck anybody. */
  private static Map<Fault, Long> felt(Set<Fault> struck, ServerLogs logs) {
    Map<Fault, Long> felt = new EnumMap<>(Fault.class);
    for (Fault fault : struck) {
      fault.logged().ifPresent(text -> felt.put(fault, logs.count(text)));
    }
    return felt;
  }

  /** Waits until no job is left. Handlers that end their process may still do so. */
  private void drain(Site site, Journal journal) throws Exception {
    long begun = System.nanoTime();
    long end = begun + LONGEST_DRAIN.toNanos();
    Duration standstill = plan.defect().isPresent() ? PLANTED_STANDSTILL : STANDSTILL;
    long live = site.live();
    long progress = begun;
    while (live > 0 && System.nanoTime() < end) {
      if (System.nanoTime() - progress > standstill.toNanos()) {
        break;
      }
      Thread.sleep(200);
      long left = site.live();
      if (left < live) {
        progress = System.nanoTime();
      }
      live = left;
      died += site.fleet().replaceDead();
      site.unblock(journal);
    }
    say("drained in %.1f s", (System.nanoTime() - begun) / 1e9);
  }

  private static void say(String format, Object... values) {
    System.out.printf("  " + format + "%n", values);
  }
}
