package io.jdbcmq.embedded;

import java.io.IOException;
import java.nio.file.Path;

/** A process that starts a server and then dies without stopping it. */
final class LeavesServerBehind {
  private LeavesServerBehind() {}

  public static void main(String[] arguments) throws IOException {
    var data = Path.of(arguments[0]);
    EmbeddedPostgres.builder().dataDirectory(data).start();
    Runtime.getRuntime().halt(0);
  }
}
