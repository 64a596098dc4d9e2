package io.jdbcmq.spring;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/** Lets a refused value tell which property it came from. */
final class PropertyChecks {
  private PropertyChecks() {}

  /**
   * Uses the value of a property.
   *
   * @throws InvalidConfigurationPropertyValueException that names the property, if the use refuses
   */
  static void using(String property, @Nullable Object value, Runnable use) {
    try {
      use.run();
    } catch (IllegalArgumentException e) {
      throw refused(property, value, String.valueOf(e.getMessage()));
    }
  }

  static InvalidConfigurationPropertyValueException refused(
      String property, @Nullable Object value, String reason) {
    return new InvalidConfigurationPropertyValueException(property, value, reason);
  }
}
