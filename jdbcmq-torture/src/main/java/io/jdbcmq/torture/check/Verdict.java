package io.jdbcmq.torture.check;

import java.util.List;

/**
 * What a checker has found.
 *
 * @param timeline how the run went, in equal parts of its time
 */
public record Verdict(List<Violation> violations, Tally tally, List<Timeline> timeline) {
  /** A verdict. */
  public Verdict {
    violations = List.copyOf(violations);
    timeline = List.copyOf(timeline);
  }

  /** How many violations of this promise there are. */
  public long count(Violation.Promise promise) {
    return violations.stream().filter(found -> found.promise() == promise).count();
  }
}
