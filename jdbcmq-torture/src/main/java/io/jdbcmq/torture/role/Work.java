package io.jdbcmq.torture.role;

import io.jdbcmq.torture.check.Checker;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;

/** What the handler of a job does; the name of the job. */
public enum Work {
  /** Writes its effect in the transaction of the runner, which completes the job. */
  EFFECT(4_000),
  /** Writes its effect and completes the job in a transaction of its own. */
  OWN(2_000),
  /** As OWN, but it ignores that its completion is refused, and commits. */
  STUBBORN(300),
  /** As OWN, after more time than the lease has. */
  SLOW(40),
  /** As SLOW; it ignores that it is interrupted, saves a checkpoint and completes. */
  LATE(50),
  /** As OWN, but the first attempt throws. */
  FLAKY(800),
  /**
   * Saves a checkpoint and throws; as OWN from the second attempt on, if the checkpoint is there.
   */
  CHECKPOINT(600),
  /** Saves a checkpoint and snoozes, in one transaction; as OWN when it has the checkpoint. */
  SNOOZING(300),
  /** Throws, until it is dead. */
  HOPELESS(200),
  /** As HOPELESS, but it saves a checkpoint once, which gives it a further attempt. */
  EXTENDING(150),
  /** Gives its job up. */
  GIVING_UP(100),
  /** Does nothing; the runner completes the job in a batch. */
  PLAIN(6_000),
  /**
   * Its first attempt goes on until it is interrupted for having taken too long, or still longer.
   */
  HANGING(20),
  /** Ends its process, at one of four points; as OWN from the second attempt on. */
  DEADLY(2),
  /** Takes all memory that its process has; as OWN from the second attempt on. */
  GREEDY(1),
  /**
   * As OWN, but its transaction stays open for longer than the lease after the completion; half of
   * the first attempts are rolled back then.
   */
  WAVERING(60);

  /** The delay after the first failed attempt; doubled for each further one. */
  public static final Duration FIRST_BACKOFF = Duration.ofMillis(100);

  /** Between two attempts. */
  public static final Duration LONGEST_BACKOFF = Duration.ofMillis(300);

  private final int weight;

  Work(int weight) {
    this.weight = weight;
  }

  String jobName() {
    return switch (this) {
      case PLAIN -> Checker.PLAIN;
      case HOPELESS -> Checker.HOPELESS;
      case GIVING_UP -> Checker.GIVING_UP;
      case EXTENDING -> Checker.EXTENDING;
      case SNOOZING -> Checker.SNOOZING;
      default -> name().toLowerCase(Locale.ROOT).replace('_', '-');
    };
  }

  /** Draws one by its weight. */
  static Work draw(SplittableRandom random) {
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
