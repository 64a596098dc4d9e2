package io.jdbcmq.torture.server;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRunner;
import io.jdbcmq.torture.site.SmallDisk;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The disk of a server is full, that of its write-ahead log as well: the server ends itself, and
 * cannot be started until there is room.
 */
class FullDiskIT {
  @Test
  void nothingIsLostWhenTheServerGivesUp() throws Exception {
    Path programs = Needed.together(List.of("initdb", "postgres"));
    try (SmallDisk disk =
            Needed.present(SmallDisk.mount(), "only root can mount a disk that becomes full");
        PostgresServer server = PostgresServer.start(programs, ServerPlace.on(disk.path()))) {
      // A new file for each segment of the log.
      server.execute("alter system set wal_recycle = off", "select pg_reload_conf()");
      String url = server.jdbcUrl() + "&socketTimeout=5";
      try (HikariDataSource pool = Sources.pool(url, true)) {
        JobQueue queue = JobQueue.builder(pool).direct(Sources.direct(url)).build();
        queue.migrate();
        try (Load load = new Load(url);
            JobRunner one = queue.runner(Load.handler()).lease(Duration.ofSeconds(5)).start();
            JobRunner two = queue.runner(Load.handler()).lease(Duration.ofSeconds(5)).start()) {
          load.send(queue, 3);
          load.awaitMore(500);

          disk.fill();
          await("the server ends").atMost(60, SECONDS).until(() -> endsWhenItLogs(server));
          int acknowledged = load.acknowledged();
          disk.free();
          server.start();

          load.awaitMore(500);
          assertThat(load.acknowledged()).isGreaterThan(acknowledged);
          assertThat(one.id()).isPresent();
          assertThat(two.id()).isPresent();
          load.stopAndCheck();
        }
      }
    }
  }

  /**
   * Makes the server need another file for its log. Jobs alone may not: they fail as soon as a
   * table cannot grow.
   */
  private static boolean endsWhenItLogs(PostgresServer server) {
    try {
      server.execute("select pg_logical_emit_message(false, 'filler', repeat('x', 2000000))");
    } catch (ServerException e) {
      // it is about to end, or has ended
    }
    return !server.isAlive();
  }
}
