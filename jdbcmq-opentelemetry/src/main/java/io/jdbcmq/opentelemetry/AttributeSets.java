package io.jdbcmq.opentelemetry;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Attributes of a metric, made once for each combination of values. Thread-safe. */
final class AttributeSets {
  /** The value of an attribute that does not apply, and is left out. */
  static final String ABSENT = "";

  private final Map<List<String>, Attributes> made = new ConcurrentHashMap<>();
  private final List<AttributeKey<String>> keys;
  private final Attributes common;

  /** Attributes of these keys, beside common ones. */
  AttributeSets(Attributes common, List<AttributeKey<String>> keys) {
    this.common = common;
    this.keys = keys;
  }

  /** Those of these values, in the order of the keys. */
  Attributes of(String... values) {
    List<String> wanted = List.of(values);
    Attributes known = made.get(wanted);
    return known == null ? made.computeIfAbsent(wanted, this::make) : known;
  }

  private Attributes make(List<String> values) {
    AttributesBuilder attributes = common.toBuilder();
    for (int i = 0; i < keys.size(); i++) {
      if (!values.get(i).equals(ABSENT)) {
        attributes.put(keys.get(i), values.get(i));
      }
    }
    return attributes.build();
  }
}
