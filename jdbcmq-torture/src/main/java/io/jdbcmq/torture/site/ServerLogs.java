package io.jdbcmq.torture.site;

import io.jdbcmq.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What the servers of a run have logged, beside the histories. For one thread. */
public final class ServerLogs {
  private final Path folder;
  private final List<Path> kept = new ArrayList<>();

  ServerLogs(Path folder) {
    this.folder = folder;
  }

  /** Copies what a server has logged so far. */
  void keep(EmbeddedPostgres server) throws IOException {
    Path copy = folder.resolve("server-%d.log".formatted(kept.size() + 1));
    Files.copy(server.dataDirectory().resolve("server.log"), copy);
    kept.add(copy);
  }

  /** How many lines hold this text. */
  public long count(String text) {
    return kept.stream().mapToLong(log -> count(log, text)).sum();
  }

  private static long count(Path log, String text) {
    // A server that was killed may have ended in the middle of a character.
    try (Stream<String> lines = Files.lines(log, StandardCharsets.ISO_8859_1)) {
      return lines.filter(line -> line.contains(text)).count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
