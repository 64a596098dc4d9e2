package io.jdbcmq.micrometer;

import io.micrometer.core.instrument.Tags;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * A metric with its series. Finds one by the values of its tags, without asking the registry, which
 * takes a multiple of the time. Thread-safe.
 */
final class Family<M> {
  private final Map<List<String>, M> series = new ConcurrentHashMap<>();
  private final List<String> keys;
  private final Function<Tags, M> register;

  /**
   * A metric with these tags.
   *
   * @param register makes a series
   */
  Family(List<String> keys, Function<Tags, M> register) {
    this.keys = keys;
    this.register = register;
  }

  /** The series of these values, in the order of the keys. */
  M of(String... values) {
    List<String> wanted = List.of(values);
    M known = series.get(wanted);
    return known == null ? series.computeIfAbsent(wanted, this::registered) : known;
  }

  private M registered(List<String> values) {
    Tags tags = Tags.empty();
    for (int i = 0; i < keys.size(); i++) {
      tags = tags.and(keys.get(i), values.get(i));
    }
    return register.apply(tags);
  }
}
