package io.jdbcmq.bench;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The systems there are. */
final class Contenders {
  private static final List<Contender> ALL =
      List.of(
          new Contender(
              "jdbcmq",
              "LISTEN and polling, up to 200 handlers at once",
              EnumSet.allOf(Ability.class),
              Jdbcmq::new),
          new Contender(
              "limit",
              "no features: a table, delete for update skip locked in batches of 100",
              Set.of(Ability.LISTS, Ability.JOIN),
              LimitTable::new),
          new Contender(
              "jdbcmq-gather",
              "gatherSends(1): sends of several threads share transactions",
              EnumSet.allOf(Ability.class),
              Set.of("send-one-1", "send-one-8", "smoke"),
              Jdbcmq::gathering),
          new Contender(
              "db-scheduler",
              "lock-and-fetch of 2.0 to 6.0 times its threads, polls every 20 ms",
              Set.of(Ability.LISTS, Ability.JOIN, Ability.DELAY),
              place -> new DbScheduler(place, DbScheduler.Polling.LOCK_AND_FETCH)),
          new Contender(
              "db-scheduler-fetch",
              "fetch and lock on execute, 2.0 to 6.0 times its threads, polls every 20 ms",
              Set.of(Ability.LISTS, Ability.JOIN, Ability.DELAY),
              place -> new DbScheduler(place, DbScheduler.Polling.FETCH)),
          new Contender(
              "jobrunr",
              "PostgresStorageProvider, polls every 5 s, the shortest it allows",
              Set.of(Ability.LISTS, Ability.DELAY),
              JobRunr::new),
          new Contender(
              "quartz",
              "clustered JobStoreTX, acquires as many triggers at once as it has threads",
              Set.of(Ability.LISTS, Ability.DELAY),
              Quartz::new),
          new Contender(
              "dbos", "a durable queue, polls every 20 ms", Set.of(Ability.DELAY), Dbos::new),
          new Contender(
              "db-queue",
              "separate transactions, a thread for each job at once, no pause between jobs, 20 ms when idle",
              Set.of(Ability.JOIN, Ability.DELAY),
              DbQueue::new));

  private Contenders() {}

  static List<Contender> all() {
    return ALL;
  }

  static Contender named(String name) {
    return named(List.of(name)).get(0);
  }

  /** Those of these names, in the order in which they take turns; none named: all. */
  static List<Contender> named(List<String> names) {
    for (String name : names) {
      if (ALL.stream().noneMatch(contender -> contender.name().equals(name))) {
        throw new IllegalArgumentException(
            "there is no system \"%s\"; there are: %s"
                .formatted(
                    name, ALL.stream().map(Contender::name).collect(Collectors.joining(", "))));
      }
    }
    return ALL.stream()
        .filter(contender -> names.isEmpty() || names.contains(contender.name()))
        .toList();
  }
}
