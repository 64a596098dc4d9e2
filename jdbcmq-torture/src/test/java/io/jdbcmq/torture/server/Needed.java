package io.jdbcmq.torture.server;

import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Programs without which a test cannot run; it is skipped then, and says so on the console, too.
 */
final class Needed {
  private static final ServerPrograms PROGRAMS = ServerPrograms.ofThisMachine();

  private Needed() {}

  static Path together(List<String> names) {
    return present(PROGRAMS.findTogether(names), PROGRAMS.missing(names));
  }

  static Path pooler() {
    return present(
        PROGRAMS.find(ServerPrograms.PGBOUNCER),
        PROGRAMS.missing(List.of(ServerPrograms.PGBOUNCER)));
  }

  static <T> T present(Optional<T> thing, String otherwise) {
    if (thing.isEmpty()) {
      System.err.println("!!! SKIPPED: " + otherwise + " !!!");
    }
    return thing.orElseGet(() -> abort(otherwise));
  }
}
