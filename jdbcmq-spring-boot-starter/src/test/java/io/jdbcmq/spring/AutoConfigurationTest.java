package io.jdbcmq.spring;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.jackson2.Jackson2Codec;
import io.jdbcmq.jackson3.Jackson3Codec;
import io.jdbcmq.spi.PayloadCodec;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.annotation.UserConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import tools.jackson.databind.json.JsonMapper;

/** What is there, and what gives way to beans of the application. No database is touched. */
class AutoConfigurationTest {
  private static final PGSimpleDataSource NOWHERE = new PGSimpleDataSource();

  private final ApplicationContextRunner empty =
      new ApplicationContextRunner()
          .withConfiguration(
              AutoConfigurations.of(
                  JdbcmqAutoConfiguration.class,
                  JdbcmqHealthAutoConfiguration.class,
                  JdbcmqEndpointAutoConfiguration.class))
          .withPropertyValues("jdbcmq.migrate=false", "jdbcmq.runner.enabled=false");
  private final ApplicationContextRunner application =
      empty.withBean("dataSource", DataSource.class, () -> NOWHERE);

  @Test
  void withADataSourceThereIsAQueue() {
    application.run(
        context ->
            assertThat(context)
                .hasSingleBean(JobQueue.class)
                .doesNotHaveBean(JobRunnerLifecycle.class)
                .doesNotHaveBean(JobRegistry.class)
                .hasBean("jdbcmqHealthIndicator")
                .doesNotHaveBean(JobsEndpoint.class));
  }

  @Test
  void withoutADataSourceThereIsNone() {
    empty.run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(JobQueue.class));
  }

  @Test
  void itCanBeSwitchedOff() {
    application
        .withPropertyValues("jdbcmq.enabled=false")
        .run(
            context ->
                assertThat(context)
                    .hasNotFailed()
                    .doesNotHaveBean(JobQueue.class)
                    .doesNotHaveBean("jdbcmqHealthIndicator"));
  }

  @Test
  void withoutSpringJdbcThereIsNone() {
    application
        .withClassLoader(new FilteredClassLoader("org.springframework.jdbc"))
        .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(JobQueue.class));
  }

  @Test
  void aQueueOfTheApplicationStandsInForOurs() {
    JobQueue own = JobQueue.builder(NOWHERE).codec(new Jackson3Codec()).build();
    application
        .withBean("own", JobQueue.class, () -> own)
        .run(context -> assertThat(context).getBean(JobQueue.class).isSameAs(own));
  }

  @Test
  void customizersHaveTheLastWord() {
    List<String> asked = new ArrayList<>();
    application
        .withBean(JobQueueCustomizer.class, () -> queue -> asked.add("queue"))
        .run(context -> assertThat(context).hasSingleBean(JobQueue.class));
    assertThat(asked).containsExactly("queue");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "jdbcmq.schema | Not-A-Name",
        "jdbcmq.data-source | nowhere",
        "jdbcmq.transaction-manager | nobody",
        "jdbcmq.transactions | sometimes",
        "jdbcmq.direct.url | jdbc:mysql://localhost/x",
        "jdbcmq.runner.lease | 1ms",
        "jdbcmq.runner.poll-interval | 2h",
        "jdbcmq.runner.shutdown-timeout | -1s",
        "jdbcmq.runner.concurrency.max | 0",
        "jdbcmq.runner.concurrency.min | 10001",
        "jdbcmq.runner.poll-only | perhaps",
        "jdbcmq.runner.keep-alive | perhaps",
      })
  void aWrongValueIsRefusedWithTheNameOfItsProperty(String property, String value) {
    application
        .withPropertyValues("jdbcmq.runner.enabled=true", property + "=" + value)
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .satisfies(
                        failure ->
                            assertThat(messages(failure))
                                .contains(property.replaceAll("\\.(min|max)$", ""))));
  }

  @Test
  void aBoundOfConcurrencyMovesTheOtherOneWithIt() {
    assertThat(new JdbcmqProperties.Concurrency(null, null))
        .returns(10, JdbcmqProperties.Concurrency::minOrDefault)
        .returns(20, JdbcmqProperties.Concurrency::maxOrDefault);
    assertThat(new JdbcmqProperties.Concurrency(null, 5).minOrDefault()).isEqualTo(5);
    assertThat(new JdbcmqProperties.Concurrency(30, null).maxOrDefault()).isEqualTo(30);
  }

  @Test
  void severalDataSourcesNeedAChoice() {
    application
        .withBean("second", DataSource.class, PGSimpleDataSource::new)
        .run(
            context ->
                assertThat(messages(context.getStartupFailure()))
                    .contains("[dataSource, second]")
                    .contains("@JobDataSource")
                    .contains("jdbcmq.data-source"));
  }

  @Test
  void thePropertyChoosesOne() {
    PGSimpleDataSource second = new PGSimpleDataSource();
    application
        .withBean("second", DataSource.class, () -> second)
        .withPropertyValues("jdbcmq.data-source=second")
        .run(context -> assertThat(chosen(context)).isSameAs(second));
  }

  @Test
  void thePrimaryOneIsTakenOtherwise() {
    PGSimpleDataSource second = new PGSimpleDataSource();
    application
        .withBean("second", DataSource.class, () -> second, bean -> bean.setPrimary(true))
        .run(context -> assertThat(chosen(context)).isSameAs(second));
  }

  @Test
  void theMarkedOneIsTakenBeforeThePrimaryOne() {
    application
        .withBean("second", DataSource.class, PGSimpleDataSource::new, b -> b.setPrimary(true))
        .withConfiguration(UserConfigurations.of(Marked.class))
        .run(context -> assertThat(chosen(context)).isSameAs(context.getBean("marked")));
  }

  static class Marked {
    @org.springframework.context.annotation.Bean
    @JobDataSource
    DataSource marked() {
      return new PGSimpleDataSource();
    }
  }

  @Test
  void aTransactionAwareProxyIsLookedThrough() {
    empty
        .withBean(DataSource.class, () -> new TransactionAwareDataSourceProxy(NOWHERE))
        .run(context -> assertThat(chosen(context)).isSameAs(NOWHERE));
  }

  @Test
  void theTransactionManagerOfTheDataSourceIsFound() {
    PGSimpleDataSource second = new PGSimpleDataSource();
    application
        .withBean("one", DataSourceTransactionManager.class, () -> manager(second))
        .withBean("two", DataSourceTransactionManager.class, () -> manager(NOWHERE))
        .run(
            context ->
                assertThat(
                        QueueTransactionManager.find(
                            context.getBean(JdbcmqProperties.class),
                            context.getBean(QueueDataSource.class),
                            context.getBeanProvider(
                                org.springframework.transaction.PlatformTransactionManager.class),
                            context.getSourceApplicationContext().getBeanFactory()))
                    .get()
                    .isSameAs(context.getBean("two")));
  }

  @Test
  void payloadsAreWrittenByTheMapperOfTheApplication() {
    var jackson3 = application.withBean(JsonMapper.class, () -> JsonMapper.builder().build());
    jackson3.run(context -> assertThat(codec(context)).isInstanceOf(Jackson3Codec.class));
    application
        .withBean(ObjectMapper.class, ObjectMapper::new)
        .run(context -> assertThat(codec(context)).isInstanceOf(Jackson2Codec.class));
    jackson3
        .withBean(ObjectMapper.class, ObjectMapper::new)
        .run(context -> assertThat(codec(context)).isInstanceOf(Jackson3Codec.class));
    jackson3
        .withClassLoader(new FilteredClassLoader(Jackson3Codec.class))
        .withBean(ObjectMapper.class, ObjectMapper::new)
        .run(context -> assertThat(codec(context)).isInstanceOf(Jackson2Codec.class));
  }

  @Test
  void aCodecOfTheApplicationStandsInForTheMappers() {
    Jackson3Codec own = new Jackson3Codec();
    application
        .withBean(ObjectMapper.class, ObjectMapper::new)
        .withBean("own", PayloadCodec.class, () -> own)
        .run(context -> assertThat(codec(context)).isSameAs(own));
  }

  @Test
  void healthAndEndpointFollowTheSwitchesOfTheActuator() {
    application
        .withPropertyValues("management.health.jdbcmq.enabled=false")
        .run(context -> assertThat(context).doesNotHaveBean("jdbcmqHealthIndicator"));
    application
        .withPropertyValues("management.health.defaults.enabled=false")
        .run(context -> assertThat(context).doesNotHaveBean("jdbcmqHealthIndicator"));
    application
        .withPropertyValues("management.endpoints.web.exposure.include=jobs")
        .run(context -> assertThat(context).hasSingleBean(JobsEndpoint.class));
  }

  @Test
  void everyPropertyIsDescribedForEditors() throws Exception {
    String metadata;
    try (InputStream in =
        JdbcmqProperties.class.getResourceAsStream(
            "/META-INF/spring-configuration-metadata.json")) {
      metadata = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    var properties = JsonMapper.builder().build().readTree(metadata).get("properties");
    List<String> names = new ArrayList<>();
    properties.forEach(
        property -> {
          String name = property.get("name").asString();
          if (name.startsWith("jdbcmq.")) {
            names.add(name);
            assertThat(property.has("description")).as(name).isTrue();
          }
        });
    assertThat(names)
        .containsExactlyInAnyOrder(
            "jdbcmq.enabled",
            "jdbcmq.schema",
            "jdbcmq.migrate",
            "jdbcmq.data-source",
            "jdbcmq.transaction-manager",
            "jdbcmq.transactions",
            "jdbcmq.direct.url",
            "jdbcmq.direct.username",
            "jdbcmq.direct.password",
            "jdbcmq.runner.enabled",
            "jdbcmq.runner.channels",
            "jdbcmq.runner.concurrency.min",
            "jdbcmq.runner.concurrency.max",
            "jdbcmq.runner.lease",
            "jdbcmq.runner.poll-interval",
            "jdbcmq.runner.poll-only",
            "jdbcmq.runner.keep-alive",
            "jdbcmq.runner.shutdown-timeout");
  }

  private static DataSourceTransactionManager manager(DataSource dataSource) {
    return new DataSourceTransactionManager(dataSource);
  }

  private static DataSource chosen(
      org.springframework.boot.test.context.assertj.AssertableApplicationContext context) {
    return context.getBean(QueueDataSource.class).dataSource();
  }

  private static PayloadCodec codec(
      org.springframework.boot.test.context.assertj.AssertableApplicationContext context) {
    return context.getBean(PayloadCodec.class);
  }

  private static String messages(Throwable failure) {
    StringBuilder all = new StringBuilder();
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      all.append(cause.getMessage()).append('\n');
    }
    return all.toString();
  }
}
