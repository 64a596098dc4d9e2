package io.jdbcmq.opentelemetry;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps the number of values of a tag within a bound: each value is a time series that the
 * monitoring system pays for. The first ones keep their names, further ones share one. Thread-safe.
 */
final class BoundedNames {
  /** What values are called for which there is no room. */
  static final String OTHER = "other";

  /** As many as a dashboard can show. */
  static final int MAX = 200;

  private final Set<String> names = ConcurrentHashMap.newKeySet();
  private final int max;

  BoundedNames(int max) {
    this.max = max;
  }

  /** This name, or {@link #OTHER}. */
  String of(String name) {
    if (names.contains(name)) {
      return name;
    }
    return add(name) ? name : OTHER;
  }

  private synchronized boolean add(String name) {
    return names.contains(name) || (names.size() < max && names.add(name));
  }
}
