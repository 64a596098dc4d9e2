package io.jdbcmq.torture.server;

import java.nio.file.Path;
import java.util.Map;

/**
 * Where a server has its data, and what it finds in its environment.
 *
 * @param parent directory in which it makes one of its own
 * @param environment variables of the server, but not of its tools
 * @param walSegmentMb size of a file of the write-ahead log in MiB, a power of two from 1 to 1,024
 */
public record ServerPlace(Path parent, Map<String, String> environment, int walSegmentMb) {
  /** In the directory for temporary files, with segments of 16 MiB. */
  public static ServerPlace usual() {
    return new ServerPlace(Path.of(System.getProperty("java.io.tmpdir")), Map.of(), 16);
  }

  /** On a disk that may become full: with the smallest segments, so that new ones are needed. */
  public static ServerPlace on(Path disk) {
    return new ServerPlace(disk, Map.of(), 1);
  }

  /** The same place with these variables. */
  public ServerPlace with(Map<String, String> variables) {
    return new ServerPlace(parent, Map.copyOf(variables), walSegmentMb);
  }
}
