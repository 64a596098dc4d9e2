package io.jdbcmq.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What is run.
 *
 * @param contests what systems do side by side
 * @param alone scenarios of jdbcmq alone
 */
record Program(List<Part> contests, List<Scenario> alone) {

  /**
   * A contest.
   *
   * @param wanted those of its scenarios that are reported
   */
  record Part(Contest contest, List<String> wanted) {}

  /**
   * What has these names; none named: all contests.
   *
   * @param huge whether the huge one is added
   * @throws IllegalArgumentException if there is no scenario of a name
   */
  static Program of(List<String> names, boolean huge) {
    List<Contest> contests = new ArrayList<>(Contests.all());
    contests.add(Contests.huge());
    for (String name : names) {
      check(name, contests);
    }
    List<Part> parts = new ArrayList<>();
    for (Contest contest : contests) {
      boolean byDefault = contest.equals(Contests.huge()) ? huge : names.isEmpty();
      List<String> wanted = contest.names().stream().filter(names::contains).toList();
      if (byDefault) {
        parts.add(new Part(contest, contest.names()));
      } else if (!wanted.isEmpty()) {
        parts.add(new Part(contest, wanted));
      }
    }
    List<Scenario> alone =
        Scenarios.all().stream().filter(each -> names.contains(each.name())).toList();
    return new Program(parts, alone);
  }

  private static void check(String name, List<Contest> contests) {
    List<String> all =
        Stream.concat(
                contests.stream().flatMap(contest -> contest.names().stream()),
                Scenarios.all().stream().map(Scenario::name))
            .toList();
    if (!all.contains(name)) {
      throw new IllegalArgumentException(
          "there is no scenario \"%s\"; there are: %s"
              .formatted(name, all.stream().collect(Collectors.joining(", "))));
    }
  }

  /** How many of the systems can do it. */
  static int able(Part part, List<Contender> contenders) {
    return (int)
        contenders.stream()
            .filter(contender -> contender.takesPart(part.contest()))
            .filter(contender -> contender.can().containsAll(part.contest().needs()))
            .count();
  }

  /** The time that all need, in shares. */
  static int weight(List<Part> parts, List<Contender> contenders) {
    return parts.stream().mapToInt(part -> part.contest().weight() * able(part, contenders)).sum();
  }
}
