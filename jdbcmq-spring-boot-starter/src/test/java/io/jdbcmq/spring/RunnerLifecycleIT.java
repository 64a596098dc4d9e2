package io.jdbcmq.spring;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.jdbcmq.JobQueue;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.micrometer.ObservationInterceptor;
import io.jdbcmq.micrometer.QueueGauges;
import io.jdbcmq.micrometer.QueueMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.JdbcTemplate;

/** When the runner runs. */
class RunnerLifecycleIT {
  private final Database database = new Database();
  private final ApplicationContextRunner application =
      database.application().withBean(Handlers.Slow.class);

  @Test
  void theApplicationWaitsForItsHandlers() {
    application.run(
        context -> {
          Handlers.Slow slow = context.getBean(Handlers.Slow.class);
          UUID id = queue(context).send(JobRequest.of("slow")).id();
          assertThat(slow.started.await(30, SECONDS)).isTrue();
          Thread closing = closing(context);
          await().atMost(30, SECONDS).until(RunnerLifecycleIT::isStopping);
          slow.go.countDown();
          closing.join(SECONDS.toMillis(60));
          assertThat(slow.ended).containsExactly("done");
          assertThat(isLive(id)).isFalse();
        });
  }

  @Test
  void aHandlerThatTakesTooLongIsInterruptedAndRunsAgain() {
    application
        .withPropertyValues("jdbcmq.runner.shutdown-timeout=10ms")
        .run(
            context -> {
              Handlers.Slow slow = context.getBean(Handlers.Slow.class);
              UUID id = queue(context).send(JobRequest.of("slow")).id();
              assertThat(slow.started.await(30, SECONDS)).isTrue();
              context.close();
              assertThat(slow.ended).containsExactly("interrupted");
              assertThat(isLive(id)).isTrue();
            });
  }

  /** Spring gives the phase 1 ms, and goes on to destroy beans; those of the handler stay. */
  @Test
  void theDataSourceIsClosedAfterTheHandlersAlsoIfSpringLosesPatience() {
    CountDownLatch destroying = new CountDownLatch(1);
    application
        .withBean(
            "lifecycleProcessor",
            org.springframework.context.LifecycleProcessor.class,
            () -> {
              var processor =
                  new org.springframework.context.support.DefaultLifecycleProcessor() {
                    @Override
                    public void onClose() {
                      super.onClose();
                      destroying.countDown();
                    }
                  };
              processor.setTimeoutPerShutdownPhase(1);
              return processor;
            })
        .run(
            context -> {
              Handlers.Slow slow = context.getBean(Handlers.Slow.class);
              HikariDataSource pool = (HikariDataSource) context.getBean(DataSource.class);
              UUID id = queue(context).send(JobRequest.of("slow")).id();
              assertThat(slow.started.await(30, SECONDS)).isTrue();
              Thread closing = closing(context);
              assertThat(destroying.await(30, SECONDS)).isTrue();
              assertThat(pool.isClosed()).isFalse();
              slow.go.countDown();
              closing.join(SECONDS.toMillis(60));
              assertThat(pool.isClosed()).isTrue();
              assertThat(slow.ended).containsExactly("done");
              assertThat(isLive(id)).isFalse();
            });
  }

  @Test
  void aStoppedApplicationCanBeStartedAgain() {
    application.run(
        context -> {
          context.getBean(Handlers.Slow.class).go.countDown();
          context.stop();
          UUID id = queue(context).send(JobRequest.of("slow").retry(RetryPolicy.never())).id();
          assertThat(lifecycle(context).runner()).isEmpty();
          assertThat(queue(context).exists(id)).isTrue();
          context.start();
          await().atMost(30, SECONDS).until(() -> !queue(context).exists(id));
        });
  }

  @Test
  void anApplicationWithoutHandlersOnlySends() {
    database
        .application()
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              assertThat(lifecycle(context).runner()).isEmpty();
              assertThat(queue(context).exists(queue(context).send(JobRequest.of("x")).id()))
                  .isTrue();
            });
  }

  @Test
  void theRunnerCanBeSwitchedOff() {
    application
        .withPropertyValues("jdbcmq.runner.enabled=false")
        .run(
            context -> {
              assertThat(context).doesNotHaveBean(JobRunnerLifecycle.class);
              assertThat(queue(context).send(JobRequest.of("slow")).id()).isNotNull();
            });
  }

  @Test
  void withoutMigrationTheSchemaHasToBeThere() {
    var unmigrated = application.withPropertyValues("jdbcmq.migrate=false");
    unmigrated.run(
        context -> assertThat(context.getStartupFailure()).hasStackTraceContaining("migrate()"));
    application.run(context -> assertThat(context).hasNotFailed());
    unmigrated.run(context -> assertThat(context).hasNotFailed());
  }

  @Test
  void aQueueOfTheApplicationIsMigratedToo() {
    application
        .withBean(
            "own",
            JobQueue.class,
            () ->
                JobQueue.builder(Database.pool())
                    .schema(database.schema)
                    .codec(new io.jdbcmq.jackson3.Jackson3Codec())
                    .build())
        .run(
            context -> {
              context.getBean(Handlers.Slow.class).go.countDown();
              UUID id = queue(context).send(JobRequest.of("slow")).id();
              await().atMost(30, SECONDS).until(() -> !queue(context).exists(id));
            });
  }

  @Test
  void thePropertiesReachTheRunner() {
    application
        .withPropertyValues(
            "jdbcmq.direct.url=" + Database.url(),
            "jdbcmq.runner.channels=mail,reports",
            "jdbcmq.runner.concurrency.max=3",
            "jdbcmq.runner.lease=7s",
            "jdbcmq.runner.poll-interval=50ms",
            "jdbcmq.runner.poll-only=true",
            "jdbcmq.runner.keep-alive=false")
        .run(
            context -> {
              context.getBean(Handlers.Slow.class).go.countDown();
              UUID elsewhere = queue(context).send(JobRequest.of("slow")).id();
              UUID here = queue(context).send(JobRequest.of("slow").channel("mail")).id();
              await().atMost(30, SECONDS).until(() -> !queue(context).exists(here));
              assertThat(queue(context).exists(elsewhere)).isTrue();
            });
  }

  @Test
  void healthTellsOfLeasePollAndOldestJob() {
    application
        .withPropertyValues("jdbcmq.runner.channels=mail")
        .run(
            context -> {
              queue(context).send(JobRequest.of("slow"));
              await()
                  .atMost(30, SECONDS)
                  .until(() -> health(context).look().details().containsKey("lastPoll"));
              QueueHealth.Finding finding = health(context).look();
              assertThat(finding.isUp()).isTrue();
              assertThat(finding.details())
                  .containsEntry("lease", "alive")
                  .containsEntry("running", 0)
                  .containsKeys("lastPoll", "oldestDueJob");
            });
  }

  @Test
  void healthOfASenderIsThatOfTheDatabase() {
    database
        .application()
        .run(
            context ->
                assertThat(health(context).look())
                    .returns(true, QueueHealth.Finding::isUp)
                    .extracting(QueueHealth.Finding::details)
                    .isEqualTo(java.util.Map.of("runner", "none")));
  }

  @Test
  void theEndpointCountsJobs() {
    database
        .application()
        .withPropertyValues("management.endpoints.web.exposure.include=*")
        .run(
            context -> {
              queue(context).send(JobRequest.of("x").channel("mail"));
              assertThat(context.getBean(JobsEndpoint.class).jobs().get("channels"))
                  .asString()
                  .contains("mail={ready=1, delayed=0");
            });
  }

  @Test
  void metersAndObservationsAreThereIfRegistriesAre() {
    ObservationRegistry observations = ObservationRegistry.create();
    List<String> observed = new CopyOnWriteArrayList<>();
    observations
        .observationConfig()
        .observationHandler(
            context -> {
              observed.add(context.getClass().getSimpleName());
              return false;
            });
    application
        .withConfiguration(AutoConfigurations.of(JdbcmqMetricsAutoConfiguration.class))
        .withBean(MeterRegistry.class, SimpleMeterRegistry::new)
        .withBean(ObservationRegistry.class, () -> observations)
        .run(
            context -> {
              context.getBean(Handlers.Slow.class).go.countDown();
              UUID id = queue(context).send(JobRequest.of("slow")).id();
              await().atMost(30, SECONDS).until(() -> !queue(context).exists(id));
              assertThat(observed).contains("JobSenderContext", "JobReceiverContext");
              MeterRegistry meters = context.getBean(MeterRegistry.class);
              context.getBean(QueueGauges.class).bindTo(meters);
              assertThat(meters.getMeters())
                  .extracting(meter -> meter.getId().getName())
                  .anyMatch(name -> name.startsWith("jdbcmq."))
                  .anyMatch(name -> name.startsWith("messaging."));
            });
    application
        .withConfiguration(AutoConfigurations.of(JdbcmqMetricsAutoConfiguration.class))
        .run(
            context ->
                assertThat(context)
                    .hasNotFailed()
                    .doesNotHaveBean(QueueMetrics.class)
                    .doesNotHaveBean(ObservationInterceptor.class));
  }

  private static Thread closing(ConfigurableApplicationContext context) {
    Thread closing = new Thread(context::close, "closing");
    closing.start();
    return closing;
  }

  private static boolean isStopping() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals("jdbcmq-runner-stop"));
  }

  private boolean isLive(UUID id) {
    try (HikariDataSource pool = Database.pool()) {
      return Boolean.TRUE.equals(
          new JdbcTemplate(pool)
              .queryForObject(
                  "select exists (select from " + database.schema + ".mq_jobs where id = ?)",
                  Boolean.class,
                  id));
    }
  }

  private static QueueHealth health(ApplicationContext context) {
    return context.getBean(QueueHealth.class);
  }

  private static JobRunnerLifecycle lifecycle(ApplicationContext context) {
    return context.getBean(JobRunnerLifecycle.class);
  }

  private static JobQueue queue(ApplicationContext context) {
    return context.getBean(JobQueue.class);
  }
}
