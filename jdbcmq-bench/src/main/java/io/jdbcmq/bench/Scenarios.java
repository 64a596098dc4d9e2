package io.jdbcmq.bench;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The scenarios there are. */
final class Scenarios {
  private static final List<Scenario> ALL =
      List.of(
          new SendAndDrain(),
          new IdleLatency(),
          new FairChannels(),
          new ManyOrdered(),
          new OneOrdered(),
          new UniqueKeys(),
          new Checkpoints(),
          new HeldSnapshot(),
          new WakeUp(),
          new Waits());

  private Scenarios() {}

  static List<Scenario> all() {
    return ALL;
  }

  /** Those of these names, in the order in which they are run; none named: all. */
  static List<Scenario> named(List<String> names) {
    if (names.isEmpty()) {
      return ALL;
    }
    Map<String, Scenario> byName =
        ALL.stream().collect(Collectors.toMap(Scenario::name, Function.identity()));
    for (String name : names) {
      if (!byName.containsKey(name)) {
        throw new IllegalArgumentException(
            "there is no scenario \"%s\"; there are: %s"
                .formatted(
                    name, ALL.stream().map(Scenario::name).collect(Collectors.joining(", "))));
      }
    }
    return ALL.stream().filter(scenario -> names.contains(scenario.name())).toList();
  }
}
