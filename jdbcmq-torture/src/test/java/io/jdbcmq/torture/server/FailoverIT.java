package io.jdbcmq.torture.server;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.JobRunner;
import io.jdbcmq.job.IndeterminateException;
import io.jdbcmq.job.JobQueueException;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.RetryPolicy;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A primary is lost, its synchronous standby takes over: nothing is lost, and all go on by
 * themselves.
 */
class FailoverIT {
  private static final String SETTINGS =
      "loadBalanceHosts=true&hostRecheckSeconds=1&connectTimeout=2&socketTimeout=5&tcpKeepAlive=true";
  private static final String APPLICATION = "&ApplicationName=";
  private static final String CANCEL_WAITING =
      "select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'";
  private static final Duration MUCH_MORE_THAN_IT_TAKES = Duration.ofSeconds(60);
  private static final Duration LEASE = Duration.ofSeconds(5);

  private PrimaryAndStandby pair;

  private interface Fault {
    void strike(PrimaryAndStandby pair);
  }

  @BeforeEach
  void start() {
    pair = PrimaryAndStandby.start(Needed.together(ServerPrograms.OF_A_PAIR));
  }

  @AfterEach
  void stop() {
    if (pair != null) {
      pair.close();
    }
  }

  @Test
  void nothingIsLostWhenThePrimaryIsKilled() throws Exception {
    failOver(both -> both.primary().kill(), both -> {});
  }

  /** Its sockets stay open, and it says nothing any more; it is fenced before it could thaw. */
  @Test
  void nothingIsLostWhenThePrimaryIsFrozen() throws Exception {
    failOver(both -> both.primary().freeze(), both -> both.primary().kill());
  }

  private void failOver(Fault fault, Fault afterwards) throws Exception {
    String url = pair.jdbcUrl(SETTINGS);
    try (HikariDataSource pool = Sources.pool(url, true)) {
      JobQueue queue =
          JobQueue.builder(pool).direct(Sources.direct(url + APPLICATION + "kept")).build();
      queue.migrate();
      try (Load load = new Load(url);
          JobRunner one = queue.runner(Load.handler()).lease(LEASE).start();
          JobRunner two = queue.runner(Load.handler()).lease(LEASE).start()) {
        load.send(queue, 3);
        load.awaitMore(500);

        fault.strike(pair);
        long struck = System.nanoTime();
        pair.standby().promote();
        long promoted = System.nanoTime();
        load.awaitMore(1);
        Duration back = Duration.ofNanos(System.nanoTime() - promoted);
        System.out.printf(
            "promoted %d ms after the fault, a job has run %d ms after that%n",
            (promoted - struck) / 1_000_000, back.toMillis());
        assertThat(back).isLessThan(MUCH_MORE_THAN_IT_TAKES);

        load.awaitMore(500);
        afterwards.strike(pair);
        load.awaitMore(500);
        assertThat(one.id()).isPresent();
        assertThat(two.id()).isPresent();
        // Of each runner one for the heartbeat and one to listen.
        await().atMost(60, SECONDS).until(() -> sessions("kept") == 4);
        load.stopAndCheck();
      }
    }
  }

  private static final String LISTENING = "pg_stat_activity where application_name = '%s'";

  private long sessions(String application) throws Exception {
    try (var connection = Sources.direct(pair.standby().jdbcUrl()).getConnection();
        var statement = connection.createStatement();
        var rows =
            statement.executeQuery("select count(*) from " + LISTENING.formatted(application))) {
      rows.next();
      return rows.getLong(1);
    }
  }

  /** The row is on the primary only, where it can be seen, and lost with it. */
  @ParameterizedTest(name = "auto-commit {0}")
  @ValueSource(booleans = {true, false})
  void aSendWhoseWaitForTheStandbyIsCancelledIsNotSaidToBeDone(boolean autoCommit)
      throws Exception {
    String url = pair.jdbcUrl("hostRecheckSeconds=1&connectTimeout=2");
    try (HikariDataSource pool = Sources.pool(url, autoCommit)) {
      JobQueue queue = JobQueue.create(pool);
      queue.migrate();
      UUID confirmed = queue.send(JobRequest.of("any")).id();
      UUID id = UUID.randomUUID();
      pair.standby().kill();
      CompletableFuture<Void> sending =
          CompletableFuture.runAsync(() -> queue.send(JobRequest.of("any").id(id)));
      cancelWaitingUntil(sending::isDone);

      assertThatThrownBy(sending::get)
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isInstanceOf(IndeterminateException.class)
          .hasMessageContaining("standby");
      assertThat(queue.exists(id)).isTrue();

      pair.primary().kill();
      pair.standby().start();
      pair.standby().promote();
      await().atMost(60, SECONDS).ignoreExceptions().until(() -> queue.exists(confirmed));
      assertThat(queue.exists(id)).isFalse();
    }
  }

  /** Completion and effect share a transaction: both are lost, and the job runs again. */
  @Test
  void aCompletionWhoseWaitForTheStandbyIsCancelledIsRepeatedIfItWasLost() throws Exception {
    String url = pair.jdbcUrl(SETTINGS);
    try (HikariDataSource pool = Sources.pool(url, true)) {
      JobQueue queue = JobQueue.builder(pool).direct(Sources.direct(url)).build();
      queue.migrate();
      CountDownLatch started = new CountDownLatch(1);
      CountDownLatch standbyIsGone = new CountDownLatch(1);
      JobRegistry jobs =
          JobRegistry.builder()
              .handleInTransaction(
                  "job",
                  (job, connection) -> {
                    started.countDown();
                    standbyIsGone.await();
                    Load.writeEffect(connection, job.id(), job.attempt());
                  })
              .build();
      try (Load load = new Load(url);
          JobRunner runner = queue.runner(jobs).lease(LEASE).start()) {
        UUID id =
            queue.send(JobRequest.of("job").retry(RetryPolicy.of(20, Duration.ofMillis(100)))).id();
        started.await();
        pair.standby().kill();
        standbyIsGone.countDown();
        cancelWaitingUntil(() -> load.effects() == 1);
        assertThat(queue.exists(id)).as("completed, for whoever looks at the primary").isFalse();

        pair.primary().kill();
        pair.standby().start();
        // It answers before it has replayed all that it has received.
        await("the job is on the standby")
            .atMost(60, SECONDS)
            .ignoreExceptions()
            .until(() -> queueOn(pair.standby()).exists(id));
        pair.standby().promote();

        await().atMost(60, SECONDS).ignoreExceptions().until(() -> !queue.exists(id));
        assertThat(load.effects()).isEqualTo(1);
        assertThat(runner.id()).isPresent();
      }
    }
  }

  private static JobQueue queueOn(PostgresServer server) {
    return JobQueue.create(Sources.direct(server.jdbcUrl()));
  }

  private interface Condition {
    boolean holds() throws Exception;
  }

  private void cancelWaitingUntil(Condition condition) {
    await()
        .atMost(60, SECONDS)
        .until(
            () -> {
              pair.primary().execute(CANCEL_WAITING);
              return condition.holds();
            });
  }

  @Test
  void aRunnerComesBackWhenAServerIsNoLongerReadOnly() throws Exception {
    String url = pair.primary().jdbcUrl();
    try (HikariDataSource pool = Sources.pool(url, true)) {
      JobQueue queue = JobQueue.builder(pool).direct(Sources.direct(url)).build();
      queue.migrate();
      try (Load load = new Load(url);
          JobRunner runner = queue.runner(Load.handler()).lease(Duration.ofSeconds(2)).start()) {
        load.send(queue, 1);
        load.awaitMore(100);

        pair.primary()
            .execute(
                "alter system set default_transaction_read_only = on", "select pg_reload_conf()");
        await().atMost(60, SECONDS).until(() -> isRefused(queue));
        await().atMost(60, SECONDS).until(() -> runner.id().equals(Optional.empty()));
        pair.primary()
            .execute(
                "set default_transaction_read_only = off",
                "alter system reset default_transaction_read_only",
                "select pg_reload_conf()");

        load.awaitMore(100);
        assertThat(runner.id()).isPresent();
        load.stopAndCheck();
      }
    }
  }

  private static boolean isRefused(JobQueue queue) {
    try {
      return queue.extend(UUID.randomUUID(), Duration.ofMinutes(1));
    } catch (JobQueueException e) {
      assertThat(e.isTransient()).isTrue();
      assertThat(e).hasMessageContaining("read-only");
      return true;
    }
  }
}
