package io.jdbcmq.spring;

import io.jdbcmq.JobBindings;
import io.jdbcmq.JobErrorListener;
import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.spi.HandlerTransactions;
import io.jdbcmq.spi.JobInterceptor;
import io.jdbcmq.spi.JobListener;
import io.jdbcmq.spi.PayloadCodec;
import io.jdbcmq.spi.TransactionSource;
import java.util.Optional;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Lazy;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * The queue on a {@link DataSource} of the application, and the runner of its {@link
 * io.jdbcmq.annotation.Job} methods. A bean of the application's own stands in for any that is
 * declared here.
 */
@AutoConfiguration(
    afterName = {
      "org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration",
      "org.springframework.boot.autoconfigure.jdbc.DataSourceTransactionManagerAutoConfiguration",
      "org.springframework.boot.autoconfigure.orm.jpa.HibernateJpaAutoConfiguration",
      "org.springframework.boot.autoconfigure.jackson.JacksonAutoConfiguration",
      "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration",
      "org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration",
      "org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration",
      "org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration",
      "org.springframework.boot.jackson2.autoconfigure.Jackson2AutoConfiguration"
    })
@ConditionalOnClass({JobQueue.class, DataSourceUtils.class})
@ConditionalOnBean(DataSource.class)
@ConditionalOnProperty(prefix = "jdbcmq", name = "enabled", matchIfMissing = true)
@EnableConfigurationProperties(JdbcmqProperties.class)
@Import({
  JacksonCodecConfiguration.OfJackson3.class,
  JacksonCodecConfiguration.OfJackson2.class,
  JacksonCodecConfiguration.OfItsOwn.class
})
public class JdbcmqAutoConfiguration {
  private static final String RUNNER = "jdbcmqRunner";

  private final JdbcmqProperties properties;

  /** With the properties of the application. */
  JdbcmqAutoConfiguration(JdbcmqProperties properties) {
    this.properties = properties;
  }

  @Bean
  QueueDataSource jdbcmqDataSource(
      @JobDataSource ObjectProvider<DataSource> marked,
      ObjectProvider<DataSource> all,
      ConfigurableListableBeanFactory beans) {
    return QueueDataSource.find(properties, marked, all, beans);
  }

  @Bean
  QueueMigration jdbcmqMigration() {
    return new QueueMigration(properties.migrate());
  }

  @Bean
  RunnerWatch jdbcmqRunnerWatch() {
    return new RunnerWatch();
  }

  /** Migrated before anybody can use it, but after the scripts of the application. */
  @Bean
  @ConditionalOnMissingBean
  @DependsOnDatabaseInitialization
  JobQueue jobQueue(
      QueueDataSource database,
      QueueMigration migration,
      ObjectProvider<PayloadCodec> codec,
      ObjectProvider<TransactionSource> transactions,
      ObjectProvider<HandlerTransactions> handlerTransactions,
      ObjectProvider<PlatformTransactionManager> managers,
      ObjectProvider<JobListener> listeners,
      ObjectProvider<JobInterceptor> interceptors,
      ObjectProvider<JobQueueCustomizer> customizers,
      ConfigurableListableBeanFactory beans) {
    JobQueue.Builder builder = JobQueue.builder(database.dataSource());
    PropertyChecks.using(
        "jdbcmq.schema", properties.schema(), () -> builder.schema(properties.schema()));
    direct().ifPresent(builder::direct);
    codec.ifUnique(builder::codec);
    builder.transactions(transactions.getIfUnique(() -> transactions(database)));
    Optional.ofNullable(handlerTransactions.getIfUnique())
        .or(() -> handlerTransactions(database, managers, beans))
        .ifPresent(builder::handlerTransactions);
    listeners.orderedStream().forEach(builder::listener);
    interceptors.orderedStream().forEach(builder::interceptor);
    customizers.orderedStream().forEach(customizer -> customizer.customize(builder));
    JobQueue queue = builder.build();
    migration.migrate(queue);
    return queue;
  }

  private TransactionSource transactions(QueueDataSource database) {
    return switch (properties.transactions()) {
      case JOIN -> new SpringTransactions(database.dataSource(), true);
      case IF_POSSIBLE -> new SpringTransactions(database.dataSource(), false);
      case NEVER -> Optional::empty;
    };
  }

  private Optional<HandlerTransactions> handlerTransactions(
      QueueDataSource database,
      ObjectProvider<PlatformTransactionManager> managers,
      ConfigurableListableBeanFactory beans) {
    TransactionSource bound = new SpringTransactions(database.dataSource(), false);
    return QueueTransactionManager.find(properties, database, managers, beans)
        .map(manager -> new SpringHandlerTransactions(manager, bound));
  }

  private Optional<DataSource> direct() {
    JdbcmqProperties.Direct direct = properties.direct();
    String url = direct.url();
    if (url == null) {
      return Optional.empty();
    }
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    PropertyChecks.using("jdbcmq.direct.url", "***", () -> dataSource.setUrl(url));
    if (direct.username() != null) {
      dataSource.setUser(direct.username());
    }
    if (direct.password() != null) {
      dataSource.setPassword(direct.password());
    }
    return Optional.of(dataSource);
  }

  /** What runs jobs, unless this application only sends them. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnProperty(prefix = "jdbcmq.runner", name = "enabled", matchIfMissing = true)
  static class RunnerConfiguration {
    /** Made when the runner starts: the beans are there by then, and their classes are known. */
    @Bean
    @Lazy
    @ConditionalOnMissingBean
    JobRegistry jobRegistry(
        ConfigurableListableBeanFactory beans,
        ObjectProvider<JobBindings> bindings,
        ObjectProvider<JobErrorListener> errorListeners) {
      JobRegistry.Builder registry = JobRegistry.builder();
      new JobBeans(beans, RUNNER).bindAll(registry);
      bindings.orderedStream().forEach(registry::bind);
      errorListeners.orderedStream().forEach(registry::onError);
      registry.contexts(new BeanContexts(beans));
      try {
        return registry.build();
      } catch (IllegalArgumentException e) {
        throw new JobsException(
            "The handlers of jobs do not fit together: " + e.getMessage() + ".",
            "Names are set by @Job(name = …); a context object is the only bean of its type, or the"
                + " @Primary one.");
      }
    }

    @Bean(RUNNER)
    JobRunnerLifecycle jdbcmqRunner(
        JobQueue queue,
        ObjectProvider<JobRegistry> registry,
        JdbcmqProperties properties,
        QueueMigration migration,
        ObjectProvider<JobRunnerCustomizer> customizers) {
      return new JobRunnerLifecycle(
          queue,
          registry::getObject,
          properties.runner(),
          customizers.orderedStream().toList(),
          migration);
    }
  }
}
