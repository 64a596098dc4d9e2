package io.jdbcmq.torture.site;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Gives processes another time of day, which can be set while they run; their monotonic clock stays
 * right. By libfaketime, where it is installed.
 */
public final class FakeClock {
  private static final List<Path> LIBRARIES =
      List.of(
          Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"),
          Path.of("/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1"));

  private final Path library;
  private final Path setting;

  private FakeClock(Path library, Path setting) {
    this.library = library;
    this.setting = setting;
  }

  /** Finds the library; what the clock is set to goes to a file of the folder. */
  public static Optional<FakeClock> find(Path folder) {
    return LIBRARIES.stream()
        .filter(Files::exists)
        .findFirst()
        .map(library -> new FakeClock(library, folder.resolve("clock").toAbsolutePath()))
        .map(
            clock -> {
              clock.set("+0");
              return clock;
            });
  }

  /** What a process needs in its environment. */
  public Map<String, String> environment() {
    return Map.of(
        "LD_PRELOAD",
        library.toString(),
        "FAKETIME_TIMESTAMP_FILE",
        setting.toString(),
        "FAKETIME_NO_CACHE",
        "1",
        "DONT_FAKE_MONOTONIC",
        "1");
  }

  /**
   * Sets the clock of all these processes, which look at the setting whenever they ask for the
   * time.
   *
   * @param offset such as {@code +0}, {@code -1d}, {@code +1h x10}
   */
  public void set(String offset) {
    try {
      Path next = Path.of(setting + ".next");
      Files.writeString(next, offset + "\n");
      Files.move(next, setting, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
