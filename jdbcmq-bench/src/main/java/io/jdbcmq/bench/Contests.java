package io.jdbcmq.bench;

import static io.jdbcmq.bench.Ability.CHANNELS;
import static io.jdbcmq.bench.Ability.DELAY;
import static io.jdbcmq.bench.Ability.JOIN;
import static io.jdbcmq.bench.Ability.LISTS;
import static io.jdbcmq.bench.Ability.ORDER;

import io.jdbcmq.bench.DrainMatch.Plan;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The contests there are, in the order in which they are run. */
final class Contests {
  private static final int JOBS = 50_000;
  private static final int SOME = 20_000;
  private static final int MANY = 100_000;
  static final int SMOKE_JOBS = 200;
  private static final int MILLION = 1_000_000;

  private static final List<Contest> ALL =
      List.of(
          contest("send-one-1", "jobs sent one by one, 1 connection", Set.of(), 4, 2, sends(1, 1)),
          contest("send-one-8", "jobs sent one by one, 8 connections", Set.of(), 3, 1, sends(8, 1)),
          contest(
              "send-tx",
              "jobs sent one by one in the caller's transaction, 8 connections",
              Set.of(JOIN),
              2,
              1,
              (ring, name) -> new SendMatch(ring, name, 8, 1, true)),
          contest(
              "send-list",
              "lists of 1,000 jobs, 1 connection",
              Set.of(LISTS),
              3,
              1,
              sends(1, 1000)),
          drain("drain", "50,000 jobs that do nothing, one process", Set.of(), 6, Plan.of(JOBS)),
          drain(
              "drain-1ms",
              "50,000 jobs that block for 1 ms, up to 200 at once",
              Set.of(),
              6,
              Plan.of(JOBS).work(1)),
          contest(
              "steady",
              "highest rate of sending and running with a p99 wait under 100 ms",
              Set.of(),
              12,
              1,
              SteadyMatch::new),
          contest(
              "latency",
              "from just before the send to the handler's start, 50 jobs/s, idle workers",
              Set.of(),
              7,
              1,
              LatencyMatch::new),
          drain("backlog-20k", "20,000 jobs out of 20,000", Set.of(), 4, Plan.of(SOME)),
          drain(
              "backlog-1m",
              "20,000 jobs out of 1,000,000",
              Set.of(),
              8,
              Plan.of(SOME).backlog(MILLION)),
          drain(
              "channels-1",
              "20,000 jobs out of 100,000 in 1 channel",
              Set.of(CHANNELS),
              1,
              Plan.of(SOME).backlog(MANY)),
          drain(
              "channels-1k",
              "20,000 jobs out of 100,000 in 1,000 channels",
              Set.of(CHANNELS),
              1,
              Plan.of(SOME).backlog(MANY).channels(1_000)),
          drain(
              "channels-100k",
              "20,000 jobs out of 100,000 in 100,000 channels",
              Set.of(CHANNELS),
              1,
              Plan.of(SOME).backlog(MANY).channels(MANY)),
          drain(
              "ordered-1k",
              "50,000 ordered jobs in 1,000 channels",
              Set.of(ORDER),
              1,
              Plan.of(JOBS).channels(1_000).inOrder()),
          new Contest(
              List.of(HeldMatch.FIRST, HeldMatch.LAST),
              "a snapshot is held elsewhere: the first and the last seconds",
              Set.of(),
              10,
              1,
              HeldMatch::new),
          drain(
              "delayed-far",
              "20,000 jobs while 1,000,000 are due far ahead",
              Set.of(DELAY),
              8,
              Plan.of(SOME).later(MILLION)),
          contest(
              "delayed-due",
              "100,000 jobs that are due at the same second",
              Set.of(DELAY),
              5,
              1,
              (ring, name) -> new DueMatch(ring, name, MANY)),
          runners("runners-2", 2),
          runners("runners-4", 4),
          runners("runners-8", 8));

  /** Takes long, and much room on the disk: only when it is asked for. */
  private static final Contest HUGE =
      drain(
          "backlog-10m",
          "20,000 jobs out of 10,000,000",
          Set.of(),
          100,
          Plan.of(SOME).backlog(10 * MILLION));

  /** So small that it shows nothing but that everything works. */
  private static final Contest SMOKE =
      drain("smoke", "a few jobs", Set.of(), 1, Plan.of(SMOKE_JOBS));

  private Contests() {}

  /** All but the huge one. */
  static List<Contest> all() {
    return ALL;
  }

  static Contest huge() {
    return HUGE;
  }

  static Contest smoke() {
    return SMOKE;
  }

  /** The one that gives figures for a scenario. */
  static Contest named(String scenario) {
    return Stream.concat(ALL.stream(), Stream.of(HUGE, SMOKE))
        .filter(contest -> contest.names().contains(scenario))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("there is no contest " + scenario));
  }

  /** Begins a contest of one scenario. */
  private interface NamedOpening {
    Contest.Match open(Ring ring, String name) throws Exception;
  }

  private static Contest contest(
      String name, String about, Set<Ability> needs, int weight, int turns, NamedOpening opening) {
    return new Contest(
        List.of(name), about, needs, weight, turns, ring -> opening.open(ring, name));
  }

  private static NamedOpening sends(int threads, int list) {
    return (ring, name) -> new SendMatch(ring, name, threads, list, false);
  }

  private static Contest drain(
      String name, String about, Set<Ability> needs, int weight, Plan plan) {
    int turns = plan.keepsBacklog() || plan.later() > 0 ? 1 : 2;
    return contest(
        name, about, needs, weight, turns, (ring, each) -> new DrainMatch(ring, each, plan));
  }

  private static Contest runners(String name, int processes) {
    return contest(
        name,
        "50,000 jobs that do nothing, %d processes".formatted(processes),
        Set.of(),
        6 + processes,
        1,
        (ring, each) -> new ManyMatch(ring, each, processes, JOBS));
  }
}
