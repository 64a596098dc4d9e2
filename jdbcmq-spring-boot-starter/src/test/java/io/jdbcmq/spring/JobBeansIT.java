package io.jdbcmq.spring;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.JobBindings;
import io.jdbcmq.JobErrorListener;
import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.spi.JobEvent;
import io.jdbcmq.spi.JobInterceptor;
import io.jdbcmq.spi.JobListener;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.context.support.SimpleThreadScope;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.annotation.EnableTransactionManagement;

/** Which beans run jobs, and with what. */
class JobBeansIT {
  private final ApplicationContextRunner application =
      new Database().application().withBean(Handlers.Log.class);

  @Test
  void theJobsOfABeanRunWithTheBeansTheyTake() {
    application
        .withBean(Handlers.Notes.class)
        .run(
            context -> {
              queue(context).send(Handlers_NotesJobs.NOTE.request(new Handlers.Note("hello")));
              queue(context).send(JobRequest.of("old-note").payload(new Handlers.Note("older")));
              awaitLines(context, 2);
              assertThat(lines(context)).containsExactlyInAnyOrder("hello", "older");
            });
  }

  @Test
  void aProxyIsCalledAndNotWhatIsBehindIt() {
    application
        .withBean(Handlers.Proxied.class)
        .run(
            context -> {
              assertThat(context.getBean(Handlers.Proxied.class).getClass())
                  .isNotEqualTo(Handlers.Proxied.class);
              queue(context).send(JobRequest.of("proxied"));
              awaitLines(context, 1);
              assertThat(lines(context))
                  .containsExactly("in " + Handlers.Proxied.class.getName() + ".proxied");
            });
  }

  /** The failed attempt has left nothing, the second one everything, and the job is done. */
  @Test
  void aTransactionalHandlerAndWhatItCallsAreOneTransaction() {
    application
        .withBean(Handlers.Booking.class)
        .withBean(Handlers.Ledger.class)
        .run(
            context -> {
              String text = UUID.randomUUID().toString();
              UUID id =
                  queue(context)
                      .send(
                          Handlers_BookingJobs.BOOK
                              .request(new Handlers.Note(text))
                              .retry(RetryPolicy.of(3, Duration.ZERO)))
                      .id();
              await().atMost(30, SECONDS).until(() -> !queue(context).exists(id));
              assertThat(
                      context
                          .getBean(JdbcTemplate.class)
                          .queryForList(
                              "select what from notes where what like ?", String.class, "%" + text))
                  .containsExactlyInAnyOrder(text, "ledger " + text);
              assertThat(queue(context).find(id)).isEmpty();
            });
  }

  @Test
  void listenersInterceptorsErrorListenersAndBindingsAreBeans() {
    List<String> told = new CopyOnWriteArrayList<>();
    application
        .withBean(
            JobBindings.class,
            () ->
                (registry, contexts) ->
                    registry.handle(
                        "fails",
                        job -> {
                          throw new IllegalArgumentException(job.headers().get("by"));
                        }))
        .withBean(JobErrorListener.class, () -> (attempt, error) -> told.add(error.getMessage()))
        .withBean(
            JobListener.class,
            () ->
                event -> {
                  if (event instanceof JobEvent.Died died) {
                    told.add("died " + died.attempt().jobName());
                  }
                })
        .withBean(
            JobInterceptor.class,
            () ->
                new JobInterceptor() {
                  @Override
                  public JobRequest beforeSend(JobRequest request) {
                    return request.header("by", "interceptor");
                  }
                })
        .run(
            context -> {
              queue(context).send(JobRequest.of("fails").retry(RetryPolicy.never()));
              await().atMost(30, SECONDS).until(() -> told.size() == 2);
              assertThat(told).containsExactly("interceptor", "died fails");
            });
  }

  @Test
  void aRegistryOfTheApplicationStandsInForOurs() {
    JobRegistry own = JobRegistry.builder().handle("own", job -> {}).build();
    application
        .withBean(Handlers.Notes.class)
        .withBean("own", JobRegistry.class, () -> own)
        .run(
            context -> {
              assertThat(context).getBean(JobRegistry.class).isSameAs(own);
              UUID id = queue(context).send(JobRequest.of("own")).id();
              await().atMost(30, SECONDS).until(() -> !queue(context).exists(id));
            });
  }

  @Test
  void aClassThatWasNotProcessedIsRefusedWithTheRemedy() {
    application
        .withBean("careless", Handlers.Forgotten.class)
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .hasStackTraceContaining("The bean careless has @Job methods in")
                    .hasStackTraceContaining("io.jdbcmq.spring.Handlers_ForgottenJobs")
                    .hasStackTraceContaining("annotationProcessorPaths"));
  }

  @Test
  void aMissingContextObjectIsRefused() {
    new Database()
        .application()
        .withBean(Handlers.Notes.class)
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .hasStackTraceContaining("job note (Notes.note) needs a context object of type")
                    .hasStackTraceContaining("@Primary"));
  }

  @Test
  void twoBeansOfOneClassAreRefused() {
    application
        .withBean("one", Handlers.Notes.class)
        .withBean("two", Handlers.Notes.class)
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .hasStackTraceContaining("The beans one and two both have the @Job methods"));
  }

  @Test
  void twoHandlersOfOneNameAreRefused() {
    application
        .withBean(Handlers.Notes.class)
        .withBean(
            JobBindings.class, () -> (registry, contexts) -> registry.handle("note", job -> {}))
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .hasStackTraceContaining("job name note has two handlers")
                    .hasStackTraceContaining("@Job(name = …)"));
  }

  @Test
  void aPrototypeIsRefused() {
    application
        .withBean(
            "often", Handlers.Notes.class, Handlers.Notes::new, bean -> bean.setScope("prototype"))
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .hasStackTraceContaining("The bean often")
                    .hasStackTraceContaining("is a prototype"));
  }

  @Configuration(proxyBeanMethods = false)
  static class ScopedNotes {
    @Bean
    static org.springframework.beans.factory.config.CustomScopeConfigurer scopes() {
      var scopes = new org.springframework.beans.factory.config.CustomScopeConfigurer();
      scopes.addScope("thread", new SimpleThreadScope());
      return scopes;
    }

    @Bean
    @Scope(scopeName = "thread", proxyMode = ScopedProxyMode.TARGET_CLASS)
    Handlers.Notes notes() {
      return new Handlers.Notes();
    }
  }

  @Test
  void aBeanOfAnotherScopeRunsBehindItsProxy() {
    application
        .withUserConfiguration(ScopedNotes.class)
        .run(
            context -> {
              queue(context).send(Handlers_NotesJobs.NOTE.request(new Handlers.Note("scoped")));
              awaitLines(context, 1);
              assertThat(lines(context)).containsExactly("scoped");
            });
  }

  @Test
  void aLazyBeanRunsToo() {
    application
        .withBean(Handlers.Notes.class, Handlers.Notes::new, bean -> bean.setLazyInit(true))
        .run(
            context -> {
              queue(context).send(Handlers_NotesJobs.NOTE.request(new Handlers.Note("lazy")));
              awaitLines(context, 1);
            });
  }

  @Configuration(proxyBeanMethods = false)
  @EnableTransactionManagement(proxyTargetClass = false)
  static class ByInterface {
    @Bean
    Handlers.Service service() {
      return new Handlers.ServiceBean();
    }
  }

  @Test
  void aProxyOfAnInterfaceIsRefused() {
    application
        .withUserConfiguration(ByInterface.class)
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .hasStackTraceContaining("The bean service has @Job methods")
                    .hasStackTraceContaining("proxyTargetClass"));
  }

  private static void awaitLines(ApplicationContext context, int count) {
    await().atMost(30, SECONDS).until(() -> lines(context).size() == count);
  }

  private static List<String> lines(ApplicationContext context) {
    return context.getBean(Handlers.Log.class).lines;
  }

  private static JobQueue queue(ApplicationContext context) {
    return context.getBean(JobQueue.class);
  }
}
