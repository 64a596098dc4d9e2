package io.jdbcmq.bench;

import java.time.Duration;

/**
 * How long rounds are, and how many count. In a hurry, contests share the time that is left by
 * their weights; otherwise each has five rounds of 12 seconds.
 */
final class Pace {
  private static final double FULL_SECONDS = 12;
  private static final int FULL_TURNS = 5;
  private static final Duration FULL_MOST = Duration.ofHours(6);
  private static final double LEAST_SECONDS = 0.4;
  private static final double MOST_SECONDS = 3;

  /** What a round takes, beyond its own time, in round lengths: to fill, to start, to clean up. */
  private static final double ROUND_LENGTHS = 3;

  private final boolean quick;
  private final long endNanos;
  private int weightLeft;

  /**
   * A pace.
   *
   * @param inAHurry how long all contests may take together if quick
   * @param weight weights of all contests, each times its systems
   */
  Pace(boolean quick, Duration inAHurry, int weight) {
    this.quick = quick;
    this.endNanos = System.nanoTime() + inAHurry.toNanos();
    this.weightLeft = weight;
  }

  /**
   * Rounds of a contest.
   *
   * @param seconds length of each
   * @param turns how many count
   * @param warmsUp whether there is one more before these
   * @param endNanos when those that have not had their turn do without, by the system's nano time
   */
  record Rounds(double seconds, int turns, boolean warmsUp, long endNanos) {
    boolean isOver() {
      return System.nanoTime() - endNanos > 0;
    }
  }

  /** The rounds of the next contest. */
  Rounds next(Contest contest, int systems) {
    if (!quick) {
      return new Rounds(FULL_SECONDS, FULL_TURNS, true, System.nanoTime() + FULL_MOST.toNanos());
    }
    double left = Math.max(0, endNanos - System.nanoTime()) / 1e9;
    double share = left * contest.weight() / Math.max(1, weightLeft);
    weightLeft -= contest.weight() * systems;
    double seconds = share / (contest.turns() + 0.5) / ROUND_LENGTHS;
    return new Rounds(
        Math.max(LEAST_SECONDS, Math.min(MOST_SECONDS, seconds)),
        contest.turns(),
        contest.turns() > 1,
        System.nanoTime() + (long) (share * systems * 1e9));
  }
}
