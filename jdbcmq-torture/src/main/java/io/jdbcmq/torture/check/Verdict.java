package io.jdbcmq.torture.check;

import java.util.List;

/** What a checker has found. */
public record Verdict(List<Violation> violations, Tally tally) {
  /** A verdict. */
  public Verdict {
    violations = List.copyOf(violations);
  }

  /** How many violations of this promise there are. */
  public long count(Violation.Promise promise) {
    return violations.stream().filter(found -> found.promise() == promise).count();
  }
}
