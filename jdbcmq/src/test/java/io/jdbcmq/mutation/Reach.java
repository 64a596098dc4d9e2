package io.jdbcmq.mutation;

import java.time.Duration;
import java.util.Set;

/**
 * What a test, with all its repetitions, does without a mutant.
 *
 * @param id by which JUnit finds it
 * @param functions that it calls, directly or by others
 */
record Reach(String id, Duration took, Set<String> functions) {
  /** Class and method. */
  String name() {
    String method = id.substring(id.lastIndexOf(':') + 1).replaceAll("[(\\]].*", "");
    String testClass = id.replaceAll(".*\\[class:([^\\]]*)\\].*", "$1");
    return testClass.substring(testClass.lastIndexOf('.') + 1) + "." + method;
  }

  /** Enough for a busy machine, and for tests that give up waiting by themselves. */
  Duration limit() {
    return took.multipliedBy(4).plusSeconds(30);
  }
}
