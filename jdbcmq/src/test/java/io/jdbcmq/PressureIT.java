package io.jdbcmq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.testing.TestSchema;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.Collections;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;

/** A runner that is short of connections, memory or time. */
class PressureIT {
  @RegisterExtension final TestSchema db = new TestSchema();

  @Test
  void anOutcomeIsRepeatedUntilThePoolHasAConnection() throws Exception {
    HikariDataSource narrow = db.closing(narrowPool(1));
    JobQueue queue = JobQueue.builder(narrow).direct(db.direct()).schema(db.name()).build();
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    AtomicInteger runs = new AtomicInteger();
    JobRunner runner =
        db.closing(
            queue
                .runner(
                    Jobs.handledBy(
                        job -> {
                          runs.incrementAndGet();
                          started.countDown();
                          end.await();
                        }))
                .start());
    queue.send(JobRequest.of(Jobs.NAME));
    assertThat(started.await(20, SECONDS)).isTrue();

    try (Connection hoarded = narrow.getConnection()) {
      end.countDown();
      await().atMost(20, SECONDS).until(() -> runner.running() == 0);
      await().pollDelay(Duration.ofSeconds(2)).until(() -> true); // many refusals by the pool
      assertThat(db.count("mq_jobs")).isEqualTo(1);
      assertThat(hoarded.isValid(1)).isTrue();
    }

    await().atMost(20, SECONDS).until(() -> db.count("mq_jobs") == 0);
    assertThat(runs).hasValue(1);
  }

  @Test
  void aClaimWhoseAnswerIsTooLargeForTheMemoryIsHandedBackAndAskedForInSmallerParts() {
    Queue<Integer> attempts = new ConcurrentLinkedQueue<>();
    Queue<Integer> wanted = new ConcurrentLinkedQueue<>();
    JobQueue queue =
        JobQueue.builder(forgetful(db.pool(), 5, wanted))
            .direct(db.direct())
            .schema(db.name())
            .build();
    db.queue().send(Collections.nCopies(40, JobRequest.of(Jobs.NAME)));

    db.closing(
        queue
            .runner(Jobs.handledBy(job -> attempts.add(job.attempt())))
            .concurrency(40, 40)
            .start());

    await().atMost(60, SECONDS).until(() -> db.count("mq_jobs") == 0);
    assertThat(attempts).hasSize(40).containsOnly(1); // those that were handed back have used none
    assertThat(wanted).startsWith(40, 20, 10, 5);
  }

  @Test
  void aBatchThatTakesLongerThanTheDatabaseAllowsIsHalved() throws Exception {
    PGSimpleDataSource impatient = db.direct();
    impatient.setOptions("-c statement_timeout=1000");
    HikariConfig config = new HikariConfig();
    config.setDataSource(impatient);
    config.setMaximumPoolSize(5);
    HikariDataSource pool = db.closing(new HikariDataSource(config));
    JobQueue queue = JobQueue.builder(pool).direct(db.direct()).schema(db.name()).build();
    CountDownLatch started = new CountDownLatch(100);
    CountDownLatch end = new CountDownLatch(1);
    AtomicInteger runs = new AtomicInteger();
    db.queue().send(Collections.nCopies(100, JobRequest.of(Jobs.NAME)));
    db.closing(
        queue
            .runner(
                Jobs.handledBy(
                    job -> {
                      runs.incrementAndGet();
                      started.countDown();
                      end.await();
                    }))
            .concurrency(100, 100)
            .start());
    assertThat(started.await(30, SECONDS)).isTrue();
    db.execute( // 100 at once take 3 s
        """
        create function test_slow() returns trigger language plpgsql
        as 'begin perform pg_sleep(0.03); return old; end';
        create trigger test_slow before delete on mq_jobs for each row execute function test_slow();
        """);
    end.countDown();

    await().atMost(60, SECONDS).until(() -> db.count("mq_jobs") == 0);
    assertThat(runs).hasValue(100);
    await().atMost(20, SECONDS).until(() -> db.count("mq_claims") == 0);
  }

  @Test
  void claimsWhoseRunsHaveAllEndedAreForgottenHoweverTheyEnded() throws Exception {
    JobQueue queue = db.queue();
    JobRegistry jobs =
        JobRegistry.builder()
            .handle("return", job -> {})
            .handle("complete", job -> job.complete())
            .handle("snooze", job -> job.snooze(Duration.ofHours(1)))
            .handle("give-up", job -> job.giveUp("no"))
            .handle(
                "throw",
                job -> {
                  throw new IllegalStateException();
                })
            .handleInTransaction("transaction", (job, connection) -> {})
            .handleInTransaction("own", (job, connection) -> job.complete(connection))
            .build();
    for (String name : jobs.jobNames()) {
      queue.send(Collections.nCopies(3, JobRequest.of(name)));
    }
    queue.send(JobRequest.of("unknown"));
    db.closing(queue.runner(jobs).concurrency(4, 8).start());

    await() // before the runner compares its claims with those of the database, after 10 s
        .atMost(9, SECONDS)
        .until(() -> db.count("mq_ready") == 0 && db.count("mq_claims") == 0);
  }

  private HikariDataSource narrowPool(int size) {
    HikariConfig config = new HikariConfig();
    config.setDataSource(db.direct());
    config.setMaximumPoolSize(size);
    config.setConnectionTimeout(250);
    return new HikariDataSource(config);
  }

  /** A driver that runs out of memory while it reads the answer to a claim of more than so many. */
  private static DataSource forgetful(DataSource real, int most, Queue<Integer> wanted) {
    return intercept(
        DataSource.class,
        real,
        (method, result) ->
            result instanceof Connection connection ? forgetful(connection, most, wanted) : result);
  }

  private static Connection forgetful(Connection real, int most, Queue<Integer> wanted) {
    return intercept(
        Connection.class,
        real,
        (method, result) ->
            result instanceof PreparedStatement statement
                    && statement.toString().contains("mq_claim_v1")
                ? forgetful(statement, most, wanted)
                : result);
  }

  private static PreparedStatement forgetful(
      PreparedStatement real, int most, Queue<Integer> wanted) {
    InvocationHandler handler =
        (proxy, method, args) -> {
          if (method.getName().equals("setInt") && args[0].equals(4)) {
            wanted.add((Integer) args[1]);
          }
          Object result = invoke(real, method, args);
          if (method.getName().equals("executeQuery")
              && wanted.stream().reduce((first, last) -> last).orElseThrow() > most) {
            throw new OutOfMemoryError("an answer for the test");
          }
          return result;
        };
    return (PreparedStatement)
        Proxy.newProxyInstance(
            PressureIT.class.getClassLoader(), new Class<?>[] {PreparedStatement.class}, handler);
  }

  private static <T> T intercept(Class<T> type, T real, BiFunction<String, Object, Object> change) {
    return type.cast(
        Proxy.newProxyInstance(
            PressureIT.class.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, args) -> change.apply(method.getName(), invoke(real, method, args))));
  }

  private static Object invoke(Object real, Method method, Object[] args) throws Throwable {
    try {
      return method.invoke(real, args);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
