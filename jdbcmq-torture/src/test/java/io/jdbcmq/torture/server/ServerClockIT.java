package io.jdbcmq.torture.server;

import static java.time.temporal.ChronoUnit.MINUTES;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRunner;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.JobState;
import io.jdbcmq.torture.site.FakeClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The clock of the server jumps: jobs may be early or late by as much, but none is lost, and none
 * has its effect twice.
 */
class ServerClockIT {
  private static final Duration HOUR = Duration.ofHours(1);

  @Test
  void nothingIsLostOrRepeatedWhenTheClockOfTheServerJumps(@TempDir Path folder) throws Exception {
    FakeClock clock = clockIn(folder);
    try (PostgresServer server = serverBy(clock);
        HikariDataSource pool = Sources.pool(server.jdbcUrl(), true)) {
      JobQueue queue = JobQueue.builder(pool).direct(Sources.direct(server.jdbcUrl())).build();
      queue.migrate();
      try (Load load = new Load(server.jdbcUrl());
          JobRunner one = queue.runner(Load.handler()).lease(Duration.ofSeconds(5)).start();
          JobRunner two = queue.runner(Load.handler()).lease(Duration.ofSeconds(5)).start()) {
        load.send(queue, 3);
        load.awaitMore(500);
        UUID delayed =
            queue.send(JobRequest.of("effect").channel("delayed").delay(HOUR.dividedBy(2))).id();

        set(clock, server, HOUR); // all leases are over at once, and all delays
        await("a job that is due now").atMost(60, SECONDS).until(() -> !queue.exists(delayed));
        load.awaitMore(500);

        set(clock, server, Duration.ZERO); // leases are an hour longer than they should be
        load.awaitMore(500);

        set(clock, server, HOUR.negated());
        load.awaitMore(500); // claims that read the clock before the jump are over
        UUID late =
            queue.send(JobRequest.of("effect").channel("delayed").delay(HOUR.dividedBy(2))).id();
        load.awaitMore(500);
        assertThat(queue.find(late).orElseThrow().state()).isEqualTo(JobState.DELAYED);

        set(clock, server, HOUR); // what was put back before the jump is not due before
        load.awaitMore(500);
        assertThat(one.id()).isPresent();
        assertThat(two.id()).isPresent();
        load.expect(delayed, late);
        load.stopAndCheck();
      }
    }
  }

  @Test
  void allSessionsTellTheNewTimeAtOnce(@TempDir Path folder) throws Exception {
    FakeClock clock = clockIn(folder);
    try (PostgresServer server = serverBy(clock);
        Connection session = DriverManager.getConnection(server.jdbcUrl())) {
      for (Duration offset : List.of(Duration.ZERO, HOUR, HOUR.negated())) {
        clock.set("%+d".formatted(offset.toSeconds()));
        assertThat(time(session)).isCloseTo(Instant.now().plus(offset), within(1, MINUTES));
      }
    }
  }

  private static Instant time(Connection session) throws SQLException {
    try (Statement statement = session.createStatement();
        ResultSet row = statement.executeQuery("select clock_timestamp()")) {
      row.next();
      return row.getObject(1, OffsetDateTime.class).toInstant();
    }
  }

  private static PostgresServer serverBy(FakeClock clock) {
    Path programs = Needed.together(List.of("initdb", "postgres"));
    return PostgresServer.start(programs, ServerPlace.usual().with(clock.environment()));
  }

  private static FakeClock clockIn(Path folder) throws IOException {
    // Also for the user of the server.
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    return Needed.present(
        FakeClock.find(folder), "libfaketime not found: install the package faketime");
  }

  /** Sets the clock, and waits until the server tells the time by it. */
  private static void set(FakeClock clock, PostgresServer server, Duration offset) {
    clock.set("%+d".formatted(offset.toSeconds()));
    await("the clock is set")
        .atMost(60, SECONDS)
        .until(() -> server.finds(isAbout(Instant.now().plus(offset))));
  }

  private static String isAbout(Instant time) {
    return "select where abs(extract(epoch from clock_timestamp()) - %d) < 60"
        .formatted(time.getEpochSecond());
  }
}
