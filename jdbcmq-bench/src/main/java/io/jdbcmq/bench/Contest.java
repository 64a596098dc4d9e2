package io.jdbcmq.bench;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A scenario, or two that are measured together, that can be run with any system that has the
 * abilities it needs. Systems take turns: a round each, then the next.
 *
 * @param names the scenarios whose figures it gives
 * @param about what it measures, in a line
 * @param needs what a system must be able to do
 * @param weight how much time it takes, compared with others
 * @param turns how many rounds are counted when there is little time
 * @param opening begins it for one system
 */
record Contest(
    List<String> names, String about, Set<Ability> needs, int weight, int turns, Opening opening) {

  /** Begins a contest for one system. */
  @FunctionalInterface
  interface Opening {
    Match open(Ring ring) throws Exception;
  }

  /** A contest of one system, in its process; its queue is empty when it begins. */
  @FunctionalInterface
  interface Match extends AutoCloseable {
    /**
     * Plays a round.
     *
     * @param seconds how long it should take, about
     * @return figures by name of the scenario
     */
    Map<String, Figures> round(double seconds) throws Exception;

    @Override
    default void close() {}
  }
}
