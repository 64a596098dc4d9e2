package io.jdbcmq.internal.runner;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Claims of which no run is left, and whose rows can go. For the thread of the completer. */
final class EndedClaims {
  private final Set<Long> ended = new HashSet<>();

  /** The ended claims, with those that end once these outcomes are settled. */
  Set<Long> with(List<? extends Outcome> outcomes) {
    Set<Long> claims = new HashSet<>(ended);
    Map<Claim, Integer> runs = new HashMap<>();
    outcomes.forEach(outcome -> runs.merge(outcome.run().claim(), 1, Integer::sum));
    runs.forEach(
        (claim, count) -> {
          if (claim.wouldEndWith(count)) {
            claims.add(claim.id());
          }
        });
    return claims;
  }

  /** A run of the claim was settled. */
  void settled(Claim claim) {
    if (claim.settled()) {
      ended.add(claim.id());
    }
  }

  /** The rows of these claims are gone. */
  void forgotten(Set<Long> claims) {
    ended.removeAll(claims);
  }

  boolean isEmpty() {
    return ended.isEmpty();
  }
}
