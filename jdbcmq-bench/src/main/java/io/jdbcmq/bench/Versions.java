package io.jdbcmq.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** Versions of the systems that are compared, as the build resolved them. */
final class Versions {
  private static final Properties VERSIONS = load();

  private Versions() {}

  static String of(String system) {
    String version = VERSIONS.getProperty(system);
    if (version == null) {
      throw new IllegalArgumentException("versions.properties has no version of " + system);
    }
    return version;
  }

  private static Properties load() {
    Properties versions = new Properties();
    try (InputStream file = Versions.class.getResourceAsStream("/versions.properties")) {
      if (file == null) {
        throw new IllegalStateException("versions.properties is not on the class path");
      }
      versions.load(file);
      return versions;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
