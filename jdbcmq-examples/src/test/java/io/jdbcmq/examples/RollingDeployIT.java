package io.jdbcmq.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.JobRunner;
import io.jdbcmq.embedded.EmbeddedPostgres;
import io.jdbcmq.job.JobType;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * An old and a new version of an application share the database. The new one has renamed a job,
 * added a property to its payload, and has a job that the old one does not know.
 */
class RollingDeployIT {
  private static EmbeddedPostgres server;

  private final Queue<String> done = new ConcurrentLinkedQueue<>();

  /** Payload of the old version. */
  record Greeting(String text) {}

  /** Payload of the new version: what the old one sends has no language. */
  record Welcome(String text, Optional<String> language) {}

  private static final JobType<Greeting> GREET = JobType.of("greet", Greeting.class);
  private static final JobType<Welcome> WELCOME = JobType.of("welcome", Welcome.class);

  @BeforeAll
  static void startServer() {
    server = EmbeddedPostgres.builder().start();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @Test
  void bothVersionsWorkSideBySideAndNothingIsLost() {
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    dataSource.setUrl(server.jdbcUrl());
    JobQueue queue = JobQueue.create(dataSource);
    queue.migrate();
    JobRegistry oldVersion =
        JobRegistry.builder()
            .handle(GREET, (job, greeting) -> done("old", greeting.text()))
            .build();
    JobRegistry newVersion =
        JobRegistry.builder()
            .handle(
                WELCOME,
                (job, welcome) ->
                    done("new", welcome.text() + " " + welcome.language().orElse("?")))
            .alias("greet", "welcome")
            .build();

    // A job of the new version, while only the old one runs: it is left alone, and uses no attempt.
    UUID early;
    try (JobRunner old = queue.runner(oldVersion).start()) {
      early = queue.send(WELCOME.request(new Welcome("early", Optional.of("en")))).id();
      await(() -> queue.unknownJobs().equals(Map.of("welcome", 1L)));
      assertThat(old.running()).isZero();
    }
    assertThat(queue.find(early).orElseThrow().attempt()).isEqualTo(1);

    // Jobs of the old version, while only the new one runs.
    try (JobRunner runner = queue.runner(newVersion).start()) {
      queue.send(GREET.request(new Greeting("late")));
      await(() -> done.size() == 2);
      assertThat(runner.running()).isZero();
    }
    assertThat(done).containsExactlyInAnyOrder("new: early en", "new: late ?");
    done.clear();

    // And both at once.
    try (JobRunner old = queue.runner(oldVersion).start();
        JobRunner runner = queue.runner(newVersion).start()) {
      for (int i = 0; i < 50; i++) {
        queue.send(GREET.request(new Greeting("a" + i)));
        queue.send(WELCOME.request(new Welcome("b" + i, Optional.empty())));
      }
      await(() -> done.size() == 100);
      assertThat(old.id()).isNotEqualTo(runner.id());
    }
    assertThat(done).doesNotHaveDuplicates().noneMatch(line -> line.startsWith("old: b"));
    assertThat(queue.stats().channels()).isEmpty();
  }

  private void done(String version, String text) {
    done.add(version + ": " + text);
  }

  private static void await(Callable<Boolean> condition) {
    Awaitility.await()
        .atMost(90, TimeUnit.SECONDS)
        .pollInterval(Duration.ofMillis(50))
        .until(condition);
  }
}
