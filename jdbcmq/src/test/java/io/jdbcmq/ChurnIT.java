package io.jdbcmq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.job.BlockedChannel;
import io.jdbcmq.job.Channel;
import io.jdbcmq.job.CurrentJob;
import io.jdbcmq.job.DeadLetter;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.JobState;
import io.jdbcmq.job.OnDeath;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.job.SendResult;
import io.jdbcmq.job.StorageException;
import io.jdbcmq.testing.Audit;
import io.jdbcmq.testing.Parallel;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Many do everything at once to a few ordered channels: nothing gets stuck. */
class ChurnIT {
  private static final int ACTORS = 5;
  private static final int STEPS = 250;
  private static final int CHANNELS = 3;

  @RegisterExtension final TestSchema db = new TestSchema();

  private final AtomicInteger left = new AtomicInteger(ACTORS);

  @Test
  void noJobIsStuckWhateverIsSentCancelledReservedRedrivenAndRolledBackMeanwhile()
      throws Exception {
    JobRegistry jobs = JobRegistry.builder().handle("churn", this::handle).build();
    db.closing(db.queue().runner(jobs).lease(Duration.ofSeconds(60)).start());
    db.closing(db.queue().runner(jobs).lease(Duration.ofSeconds(60)).start());
    List<Callable<List<String>>> tasks = new ArrayList<>();
    for (int i = 0; i < ACTORS; i++) {
      Random random = new Random(i);
      tasks.add(() -> new Actor(random).play());
    }
    tasks.add(this::audits);

    assertThat(Parallel.run(tasks)).allSatisfy(findings -> assertThat(findings).isEmpty());

    JobQueue queue = db.queue();
    await()
        .atMost(60, SECONDS)
        .until(
            () -> {
              queue.channels().blocked(100).stream()
                  .filter(blocked -> blocked.headState() == JobState.DEAD)
                  .map(BlockedChannel::channel)
                  .forEach(queue.channels()::unblock);
              return db.count("mq_jobs") == 0;
            });
    assertThat(db.count("mq_parked") + db.count("mq_ready")).isZero();
  }

  private void handle(CurrentJob job) throws SQLException {
    int way = ThreadLocalRandom.current().nextInt(20);
    if (way == 0) {
      throw new IllegalStateException("fails");
    }
    if (way < 4) {
      try (Connection connection = db.pool().getConnection()) {
        connection.setTransactionIsolation(
            way == 1
                ? Connection.TRANSACTION_READ_COMMITTED
                : Connection.TRANSACTION_REPEATABLE_READ);
        connection.setAutoCommit(false);
        job.complete(connection);
        if (way == 3) {
          connection.rollback();
        } else {
          connection.commit();
        }
      }
    }
  }

  /** Looks at the schema until the last actor has ended. */
  private List<String> audits() throws SQLException {
    List<String> findings = new ArrayList<>();
    while (left.get() > 0 && findings.isEmpty()) {
      findings.addAll(Audit.findings(db.direct(), db.name()));
    }
    return findings;
  }

  /** One who does this and that, in a transaction each, and now and then rolls it back. */
  private final class Actor {
    private final Random random;
    private final JobQueue queue = db.queue();
    private final List<UUID> known = new ArrayList<>();

    Actor(Random random) {
      this.random = random;
    }

    List<String> play() throws SQLException {
      try (Connection connection = db.direct().getConnection()) {
        connection.setAutoCommit(false);
        for (int step = 0; step < STEPS; step++) {
          connection.setTransactionIsolation(
              random.nextInt(5) == 0
                  ? Connection.TRANSACTION_REPEATABLE_READ
                  : Connection.TRANSACTION_READ_COMMITTED);
          try {
            act(connection);
            if (random.nextInt(4) == 0) {
              connection.rollback();
            } else {
              connection.commit();
            }
          } catch (StorageException e) {
            connection.rollback();
            if (!e.isTransient()) {
              throw e;
            }
          }
        }
      } finally {
        left.decrementAndGet();
      }
      return List.of();
    }

    private void act(Connection connection) {
      switch (random.nextInt(10)) {
        case 0, 1, 2 ->
            remember(queue.send(connection, Collections.nCopies(1 + random.nextInt(3), request())));
        case 3 ->
            remember(
                List.of(
                    queue.reserve(
                        connection, request(), Duration.ofMillis(1 + random.nextInt(200)))));
        case 4 -> assertThat(queue.commit(connection, some())).isNotNull();
        case 5, 6 -> queue.cancel(connection, some());
        case 7 -> queue.deadLetters().redrive(connection, dead());
        case 8 -> queue.deadLetters().discard(connection, dead());
        default -> queue.channels().unblock(connection, channel());
      }
    }

    private JobRequest request() {
      return JobRequest.of("churn")
          .channel(channel())
          .ordered(random.nextInt(8) == 0 ? OnDeath.BLOCK : OnDeath.SKIP)
          .retry(RetryPolicy.of(random.nextInt(2), Duration.ZERO));
    }

    private Channel channel() {
      return new Channel("churn", String.valueOf(random.nextInt(CHANNELS)));
    }

    private void remember(List<SendResult> results) {
      results.forEach(result -> known.add(result.id()));
    }

    /** Up to three of the latest jobs that it has sent. */
    private List<UUID> some() {
      List<UUID> ids = new ArrayList<>();
      for (int i = 0; i < Math.min(3, known.size()); i++) {
        ids.add(known.get(known.size() - 1 - random.nextInt(Math.min(6, known.size()))));
      }
      return ids;
    }

    private List<UUID> dead() {
      return queue.deadLetters().list(3).stream().map(DeadLetter::id).toList();
    }
  }
}
