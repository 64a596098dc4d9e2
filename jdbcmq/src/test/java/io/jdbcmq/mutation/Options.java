package io.jdbcmq.mutation;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.regex.Pattern;

/**
 * What the command line asks for.
 *
 * @param only what names of mutants have to contain
 * @param sample how many to draw by chance; none: all
 * @param seed of the draw
 * @param atMost how long to go on; the mutants that are left are not counted
 * @param out folder to write the mutants to, instead of testing them
 * @param baseline whether to take the baseline of the run before
 * @param tests what names of test classes have to contain
 * @param most how many tests to run against a mutant
 * @param threshold percent of killed mutants below which the run fails
 */
record Options(
    Pattern only,
    OptionalInt sample,
    long seed,
    Duration atMost,
    Optional<Path> out,
    boolean baseline,
    Pattern tests,
    int most,
    int threshold) {
  static final String USAGE =
      """
      --only REGEX     mutants whose name contains a match, such as mq_fail_v1 or drop-lock
      --sample N       so many of them, drawn by chance
      --seed S         of the draw; 1 otherwise
      --minutes M      stop after this time
      --out DIR        write them as scripts, and test nothing
      --baseline       take durations and calls of the tests from the run before
      --tests REGEX    only by test classes whose name contains a match, such as Races
      --most N         only by the N tests from which a quick kill is to be expected; all otherwise
      --threshold P    fail if less than so many percent are killed; 0 otherwise
      """;

  static Options parse(String... arguments) {
    Pattern only = Pattern.compile("");
    OptionalInt sample = OptionalInt.empty();
    long seed = 1;
    Duration atMost = Duration.ofDays(1);
    Optional<Path> out = Optional.empty();
    boolean baseline = false;
    Pattern tests = Pattern.compile("");
    int most = Integer.MAX_VALUE;
    int threshold = 0;
    Iterator<String> left = List.of(arguments).iterator();
    while (left.hasNext()) {
      String option = left.next();
      switch (option) {
        case "--only" -> only = Pattern.compile(value(option, left));
        case "--sample" -> sample = OptionalInt.of(Integer.parseInt(value(option, left)));
        case "--seed" -> seed = Long.parseLong(value(option, left));
        case "--minutes" -> atMost = Duration.ofMinutes(Long.parseLong(value(option, left)));
        case "--out" -> out = Optional.of(Path.of(value(option, left)));
        case "--tests" -> tests = Pattern.compile(value(option, left));
        case "--most" -> most = Integer.parseInt(value(option, left));
        case "--baseline" -> baseline = true;
        case "--threshold" -> threshold = Integer.parseInt(value(option, left));
        default -> throw new IllegalArgumentException("there is no option " + option);
      }
    }
    return new Options(only, sample, seed, atMost, out, baseline, tests, most, threshold);
  }

  private static String value(String option, Iterator<String> left) {
    if (!left.hasNext()) {
      throw new IllegalArgumentException(option + " needs a value");
    }
    return left.next();
  }

  /** Those that are asked for; drawn ones in the order of the draw, so that a part is one, too. */
  List<Mutant> chosen(List<Mutant> all) {
    List<Mutant> chosen =
        new ArrayList<>(all.stream().filter(each -> only.matcher(each.name()).find()).toList());
    if (sample.isEmpty()) {
      return chosen;
    }
    Collections.shuffle(chosen, new Random(seed));
    return chosen.subList(0, Math.min(sample.getAsInt(), chosen.size()));
  }
}
