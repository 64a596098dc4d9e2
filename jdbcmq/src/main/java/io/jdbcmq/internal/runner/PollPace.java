package io.jdbcmq.internal.runner;

import java.time.Duration;

/**
 * Decides when a runner with free slots polls next.
 *
 * <p>Streaming: work keeps arriving, polls follow each other at a few milliseconds, long enough to
 * bring several jobs at high rates, and nobody needs to notify. Hungry: after a poll that found
 * nothing, the next one asks to be notified. A sender whose transaction was open at that moment has
 * not seen the wish, so the polls go on after 5, 10, 20 … ms: its job is found within about the
 * time that its transaction took. A hungry runner that finds work stays hungry until several polls
 * in a row have found some: to withdraw the wish and to renew it would cost single jobs two writes.
 * For the thread of the fetcher.
 */
final class PollPace {
  private static final Duration STREAMING = Duration.ofMillis(3);
  private static final Duration FIRST_HUNGRY = Duration.ofMillis(5);
  private static final int STREAM = 3; // polls in a row
  private static final Duration SHORTEST_WISH = Duration.ofSeconds(10);

  private final Duration idle;
  private final Duration wish;
  private Duration next = STREAMING;
  private boolean hungry;
  private int finds;

  /**
   * A pace.
   *
   * @param idle the longest time between polls
   * @param pollOnly whether there is nobody to be notified
   */
  PollPace(Duration idle, boolean pollOnly) {
    this.idle = idle;
    Duration several = idle.multipliedBy(4);
    this.wish =
        pollOnly ? Duration.ZERO : several.compareTo(SHORTEST_WISH) > 0 ? several : SHORTEST_WISH;
  }

  /** For how long the next poll should ask for notifications. */
  Duration hungryFor() {
    return hungry ? wish : Duration.ZERO;
  }

  /**
   * A poll took this many ready rows of those wanted, also rows of ordered jobs that have to wait
   * after all: how long to wait before the next one.
   */
  Duration afterPoll(int want, int taken) {
    if (taken > 0) {
      finds++;
      hungry &= finds < STREAM;
      next = FIRST_HUNGRY;
      return taken >= want ? Duration.ZERO : min(STREAMING, idle);
    }
    finds = 0;
    if (!hungry) {
      hungry = true;
      next = FIRST_HUNGRY;
      return min(STREAMING, idle);
    }
    Duration wait = next;
    next = min(next.multipliedBy(2), idle);
    return min(wait, idle);
  }

  /** A wake-up came: look soon again if its work has gone to another runner. */
  void woken() {
    next = FIRST_HUNGRY;
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }
}
