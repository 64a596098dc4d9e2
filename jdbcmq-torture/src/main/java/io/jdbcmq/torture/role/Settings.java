package io.jdbcmq.torture.role;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;

/**
 * What a process of the harness is told.
 *
 * @param name of the process, unique in the run
 * @param url of the database for its pool
 * @param heartbeats of the database for heartbeats
 * @param listeners of the database for notifications
 * @param schema of the queue
 * @param folder of the histories
 * @param lease of runners
 */
public record Settings(
    String name,
    String url,
    String heartbeats,
    String listeners,
    String schema,
    Path folder,
    Duration lease) {
  static final int COUNT = 7;

  static Settings of(String[] args) {
    return new Settings(
        args[0], args[1], args[2], args[3], args[4], Path.of(args[5]), Duration.parse(args[6]));
  }

  /** As arguments of a process. */
  public List<String> arguments() {
    return List.of(name, url, heartbeats, listeners, schema, folder.toString(), lease.toString());
  }

  ClosingPool pool(int size) {
    return new ClosingPool(url, size);
  }

  DataSource directDataSource() {
    return new DirectDataSource(heartbeats, listeners);
  }

  /** Returns when the input ends: the harness says so, or is gone. */
  void awaitEndOfInput() throws IOException {
    while (System.in.read() >= 0) {
      // Nothing is said.
    }
  }
}
