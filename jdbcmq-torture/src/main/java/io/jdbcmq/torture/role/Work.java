package io.jdbcmq.torture.role;

import io.jdbcmq.torture.check.Checker;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;

/** What the handler of a job does; the name of the job. */
enum Work {
  /** Writes its effect in the transaction of the runner, which completes the job. */
  EFFECT(400),
  /** Writes its effect and completes the job in a transaction of its own. */
  OWN(200),
  /** As OWN, but it ignores that its completion is refused, and commits. */
  STUBBORN(60),
  /** As OWN, after more time than the lease has. */
  SLOW(20),
  /** As OWN, but the first attempt throws. */
  FLAKY(80),
  /**
   * Saves a checkpoint and throws; as OWN from the second attempt on, if the checkpoint is there.
   */
  CHECKPOINT(60),
  /** Throws, until it is dead. */
  HOPELESS(30),
  /** Does nothing; the runner completes the job in a batch. */
  PLAIN(140),
  /** Ends its process; as OWN from the second attempt on. */
  DEADLY(2);

  private final int weight;

  Work(int weight) {
    this.weight = weight;
  }

  String jobName() {
    return switch (this) {
      case PLAIN -> Checker.PLAIN;
      case HOPELESS -> Checker.HOPELESS;
      default -> name().toLowerCase(Locale.ROOT);
    };
  }

  /** Draws one by its weight. */
  static Work draw(Random random) {
    int left = random.nextInt(Arrays.stream(values()).mapToInt(work -> work.weight).sum());
    for (Work work : values()) {
      left -= work.weight;
      if (left < 0) {
        return work;
      }
    }
    throw new AssertionError("weights");
  }
}
