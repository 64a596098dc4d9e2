package io.jdbcmq.test;

import static io.jdbcmq.test.JobQueueAssertions.assertThat;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;
import static org.junit.jupiter.api.parallel.ExecutionMode.SAME_THREAD;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.embedded.EmbeddedPostgres;
import io.jdbcmq.job.JobRequest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.extension.TestWatcher;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.platform.engine.discovery.ClassSelector;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;
import org.postgresql.ds.PGSimpleDataSource;

/** Each class, or each test, has a queue to itself, and nothing is left of it. */
class JobQueueExtensionIT {
  private static final List<String> SEEN = new CopyOnWriteArrayList<>();

  @BeforeEach
  void forget() {
    SEEN.clear();
  }

  @Test
  void eachTestFindsAnEmptyQueueAndTheRightTime() {
    assertThat(failures(run(LeavesThingsBehind.class))).isEmpty();
    assertThat(SEEN).hasSize(3);
  }

  @ExtendWith(JobQueueExtension.class)
  static class LeavesThingsBehind {
    @RepeatedTest(3)
    void startsFromScratch(JobQueue queue, TestJobs jobs, TestClock clock) {
      assertThat(queue).hasNoJobs();
      assertThat(queue.channels().paused()).isEmpty();
      assertThat(clock.now()).isBefore(Instant.parse("2090-01-01T00:00:00Z"));

      queue.send(JobRequest.of("ready"));
      queue.send(JobRequest.of("line").ordered());
      queue.send(JobRequest.of("line").ordered());
      queue.send(JobRequest.of("delayed").delay(Duration.ofHours(1)));
      jobs.runNext(
          JobRegistry.builder().handle("ready", job -> job.giveUp("to leave a letter")).build());
      queue.channels().pause("default");
      clock.set(Instant.parse("2100-01-01T00:00:00Z"));
      SEEN.add("test");
    }
  }

  @Test
  void classesRunAtTheSameTime() {
    assertThat(failures(run(OneClass.class, OtherClass.class, ThirdClass.class))).isEmpty();
    assertThat(SEEN).hasSize(3 * AloneWithItsJobs.TESTS);
  }

  @ExtendWith(JobQueueExtension.class)
  @Execution(CONCURRENT)
  abstract static class AloneWithItsJobs {
    static final int TESTS = 5;

    @Execution(SAME_THREAD)
    @RepeatedTest(TESTS)
    void seesItsOwnJobsOnly(JobQueue queue, TestJobs jobs) {
      String name = getClass().getSimpleName();
      queue.send(List.of(JobRequest.of(name), JobRequest.of(name)));
      assertThat(queue).hasSentExactly(name, name);
      jobs.clock().advance(Duration.ofDays(1));
      jobs.drain(JobRegistry.builder().handle(name, job -> {}).build()).requireAllCompleted();
      SEEN.add(name);
    }
  }

  static class OneClass extends AloneWithItsJobs {}

  static class OtherClass extends AloneWithItsJobs {}

  static class ThirdClass extends AloneWithItsJobs {}

  @Test
  void testsOfOneClassAreNotRunAtTheSameTimeUnnoticed() {
    assertThat(failures(run(SharesAQueue.class)))
        .hasSize(1)
        .allSatisfy(
            failure ->
                assertThat(failure)
                    .hasMessageContaining("use the same queue at the same time")
                    .hasMessageContaining("@Execution(SAME_THREAD)"));
  }

  @Execution(CONCURRENT)
  @ExtendWith({JobQueueExtension.class, SharesAQueue.Refusals.class})
  static class SharesAQueue {
    private static final CountDownLatch REFUSED = new CountDownLatch(1);

    @Test
    void one(JobQueue queue) throws InterruptedException {
      stayUntilTheOtherIsRefused();
    }

    @Test
    void other(JobQueue queue) throws InterruptedException {
      stayUntilTheOtherIsRefused();
    }

    private static void stayUntilTheOtherIsRefused() throws InterruptedException {
      assertThat(REFUSED.await(60, SECONDS)).isTrue();
    }

    static class Refusals implements TestWatcher {
      @Override
      public void testFailed(ExtensionContext context, Throwable cause) {
        REFUSED.countDown();
      }
    }
  }

  @Test
  void fieldThatIsNotStaticGivesEachTestAQueue() {
    assertThat(failures(run(QueuePerTest.class))).isEmpty();
    assertThat(SEEN).hasSize(2).doesNotHaveDuplicates();
    assertThat(SEEN).allSatisfy(JobQueueExtensionIT::assertGone);
  }

  @Execution(CONCURRENT)
  static class QueuePerTest {
    @RegisterExtension final JobQueueExtension database = JobQueueExtension.create();

    @Test
    void one(JobQueue queue) {
      alone(queue);
    }

    @Test
    void other(JobQueue queue) {
      alone(queue);
    }

    private void alone(JobQueue queue) {
      assertThat(queue).isSameAs(database.queue());
      queue.send(JobRequest.of("a"));
      assertThat(queue).hasSentExactly("a");
      SEEN.add(database.jdbcUrl());
    }
  }

  @Test
  void constructorOfAnInstanceForTheWholeClassIsGivenTheQueue() {
    assertThat(failures(run(InstanceForTheClass.class))).isEmpty();
    assertThat(SEEN).hasSize(2);
    assertThat(SEEN.get(0)).isEqualTo(SEEN.get(1));
    assertGone(SEEN.get(0));
  }

  @TestInstance(PER_CLASS)
  static class InstanceForTheClass {
    @RegisterExtension static final JobQueueExtension DATABASE = JobQueueExtension.create();

    private final JobQueue queue;

    InstanceForTheClass(JobQueue queue, TestJobs jobs) {
      this.queue = queue;
      queue.send(JobRequest.of("early"));
      jobs.clock().advance(Duration.ofDays(1));
    }

    @RepeatedTest(2)
    void startsFromScratch() {
      assertThat(queue).isSameAs(DATABASE.queue());
      assertThat(queue).hasNoJobs();
      queue.send(JobRequest.of("a"));
      SEEN.add(DATABASE.jdbcUrl());
    }
  }

  @Test
  void nestedClassesUseTheQueueOfTheOuterOne() {
    assertThat(failures(run(Outer.class))).isEmpty();
    assertThat(SEEN).hasSize(2);
    assertThat(SEEN.get(0)).isEqualTo(SEEN.get(1));
    assertGone(SEEN.get(0));
    assertThatIllegalStateException()
        .isThrownBy(Outer.DATABASE::queue)
        .withMessageContaining("there is no queue before the first test and after the last one");
  }

  static class Outer {
    @RegisterExtension static final JobQueueExtension DATABASE = JobQueueExtension.create();

    @Test
    void outer() {
      DATABASE.queue().send(JobRequest.of("a"));
      SEEN.add(DATABASE.jdbcUrl());
    }

    @Nested
    class Inner {
      @Test
      void inner(JobQueue queue, DataSource dataSource) {
        assertThat(queue).hasNoJobs();
        assertThat(dataSource).isSameAs(DATABASE.dataSource());
        SEEN.add(DATABASE.jdbcUrl());
      }
    }
  }

  @Test
  void databaseOfTheUserIsLeftAsItWas() throws Exception {
    assertThat(failures(run(OwnDatabase.class))).isEmpty();
    assertThat(SEEN).hasSize(1);
    try (Connection connection = OwnDatabase.SERVER.getConnection();
        Statement statement = connection.createStatement();
        var rows =
            statement.executeQuery(
                "select count(*) from pg_namespace where nspname like 'jdbcmq%'")) {
      rows.next();
      assertThat(rows.getInt(1)).isZero();
    }
    OwnDatabase.POSTGRES.close();
  }

  static class OwnDatabase {
    static final EmbeddedPostgres POSTGRES = EmbeddedPostgres.builder().start();
    static final PGSimpleDataSource SERVER = new PGSimpleDataSource();

    static {
      SERVER.setUrl(POSTGRES.jdbcUrl());
    }

    @RegisterExtension
    static final JobQueueExtension DATABASE =
        JobQueueExtension.on(() -> SERVER)
            .queue(settings -> settings.listener(event -> SEEN.add("heard")));

    @Test
    void queueIsThere(JobQueue queue, TestJobs jobs, DataSource dataSource) {
      assertThat(dataSource).isSameAs(SERVER);
      assertThat(DATABASE.schema()).startsWith("jdbcmq_test_");
      assertThatIllegalStateException()
          .isThrownBy(DATABASE::jdbcUrl)
          .withMessageContaining("given as a data source");
      queue.send(JobRequest.of("a").delay(Duration.ofDays(1)));
      assertThat(SEEN).containsExactly("heard");
      jobs.clock().advance(Duration.ofDays(1));
      jobs.runNext(JobRegistry.builder().handle("a", job -> {}).build()).requireCompleted();
      SEEN.clear();
      SEEN.add("done");
    }
  }

  @Test
  void forgottenTransactionIsReported() {
    assertThat(failures(run(ForgetsATransaction.class)))
        .hasSize(1)
        .allSatisfy(
            failure ->
                assertThat(failure)
                    .hasMessageContaining("could not be emptied for the next test")
                    .hasMessageContaining("a transaction is open that has touched it"));
  }

  @ExtendWith(JobQueueExtension.class)
  static class ForgetsATransaction {
    private static final List<Connection> FORGOTTEN = new CopyOnWriteArrayList<>();

    @RepeatedTest(2)
    void sendsAndForgets(JobQueue queue, DataSource dataSource) throws SQLException {
      Connection connection = dataSource.getConnection();
      FORGOTTEN.add(connection);
      connection.setAutoCommit(false);
      queue.send(connection, JobRequest.of("a"));
    }
  }

  private static void assertGone(String jdbcUrl) {
    assertThat(
            org.assertj.core.api.Assertions.catchThrowableOfType(
                    SQLException.class, () -> DriverManager.getConnection(jdbcUrl).close())
                .getSQLState())
        .isEqualTo("3D000"); // invalid_catalog_name
  }

  private static List<Throwable> failures(TestExecutionSummary summary) {
    assertThat(summary.getTestsFoundCount()).isPositive();
    return summary.getFailures().stream().map(TestExecutionSummary.Failure::getException).toList();
  }

  private static TestExecutionSummary run(Class<?>... classes) {
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(
                Stream.of(classes).map(each -> selectClass(each)).toArray(ClassSelector[]::new))
            .configurationParameter("junit.jupiter.execution.parallel.enabled", "true")
            .configurationParameter("junit.jupiter.execution.parallel.config.strategy", "fixed")
            .configurationParameter(
                "junit.jupiter.execution.parallel.config.fixed.parallelism", "4")
            .configurationParameter(
                "junit.jupiter.execution.parallel.mode.classes.default", "concurrent")
            .build();
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    LauncherFactory.create().execute(request, listener);
    return listener.getSummary();
  }
}
