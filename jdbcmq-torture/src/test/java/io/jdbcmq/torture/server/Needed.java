package io.jdbcmq.torture.server;

import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Path;
import java.util.List;

/**
 * Programs without which a test cannot run; it is skipped then, and says so on the console, too.
 */
final class Needed {
  private static final ServerPrograms PROGRAMS = ServerPrograms.ofThisMachine();

  private Needed() {}

  static Path together(List<String> names) {
    return PROGRAMS.findTogether(names).orElseGet(() -> skip(PROGRAMS.missing(names)));
  }

  static Path pooler() {
    return PROGRAMS
        .find(ServerPrograms.PGBOUNCER)
        .orElseGet(() -> skip(PROGRAMS.missing(List.of(ServerPrograms.PGBOUNCER))));
  }

  private static Path skip(String reason) {
    System.err.println("!!! SKIPPED: " + reason + " !!!");
    return abort(reason);
  }
}
