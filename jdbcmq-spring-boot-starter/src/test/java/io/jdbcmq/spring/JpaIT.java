package io.jdbcmq.spring;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.JobBindings;
import io.jdbcmq.JobQueue;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.RetryPolicy;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.orm.jpa.vendor.HibernateJpaVendorAdapter;
import org.springframework.transaction.support.TransactionTemplate;

/** Calls of the queue in transactions of Hibernate. */
class JpaIT {
  private final Database database = new Database();
  private final ApplicationContextRunner application =
      new ApplicationContextRunner()
          .withConfiguration(AutoConfigurations.of(JdbcmqAutoConfiguration.class))
          .withUserConfiguration(Jpa.class)
          .withPropertyValues("jdbcmq.schema=" + database.schema);

  /** A row. */
  @Entity
  @Table(name = "purchases")
  public static class Purchase {
    @Id private UUID id;

    /** For Hibernate. */
    protected Purchase() {}

    Purchase(UUID id) {
      this.id = id;
    }

    UUID id() {
      return id;
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class Jpa {
    @Bean
    DataSource dataSource() {
      return Database.pool();
    }

    @Bean
    LocalContainerEntityManagerFactoryBean entityManagerFactory(DataSource dataSource) {
      var factory = new LocalContainerEntityManagerFactoryBean();
      factory.setDataSource(dataSource);
      factory.setJpaVendorAdapter(new HibernateJpaVendorAdapter());
      factory.setPackagesToScan(JpaIT.class.getPackageName());
      factory.setJpaPropertyMap(Map.of("hibernate.hbm2ddl.auto", "update"));
      return factory;
    }

    @Bean
    JpaTransactionManager transactionManager(EntityManagerFactory entityManagerFactory) {
      return new JpaTransactionManager(entityManagerFactory);
    }
  }

  @Test
  void entityAndJobCommitTogether() {
    application.run(
        context -> {
          UUID order = UUID.randomUUID();
          UUID job =
              transactions(context)
                  .execute(
                      status -> {
                        entities(context).persist(new Purchase(order));
                        return queue(context).send(JobRequest.of("jpa")).id();
                      });
          assertThat(queue(context).exists(job)).isTrue();
          assertThat(isStored(context, order)).isTrue();
        });
  }

  @Test
  void entityAndJobAreRolledBackTogether() {
    application.run(
        context -> {
          UUID order = UUID.randomUUID();
          UUID[] job = new UUID[1];
          assertThatThrownBy(
                  () ->
                      transactions(context)
                          .executeWithoutResult(
                              status -> {
                                entities(context).persist(new Purchase(order));
                                job[0] = queue(context).send(JobRequest.of("jpa")).id();
                                assertThat(queue(context).exists(job[0])).isTrue();
                                throw new IllegalStateException("no");
                              }))
              .hasMessage("no");
          assertThat(queue(context).exists(job[0])).isFalse();
          assertThat(isStored(context, order)).isFalse();
        });
  }

  @Test
  void aReadOnlyTransactionRefusesWrites() {
    application.run(
        context -> {
          TransactionTemplate readOnly = transactions(context);
          readOnly.setReadOnly(true);
          assertThatThrownBy(
                  () -> readOnly.execute(status -> queue(context).send(JobRequest.of("jpa"))))
              .hasMessageContaining("read-only transaction");
        });
  }

  /** The entity of the first attempt, which fails after it has been flushed, is not there. */
  @Test
  void aTransactionalHandlerUsesEntities() {
    UUID first = UUID.randomUUID();
    UUID second = UUID.randomUUID();
    application
        .withBean(
            JobBindings.class,
            () ->
                (registry, contexts) -> {
                  EntityManager entities =
                      SharedEntityManagerCreator.createSharedEntityManager(
                          contexts.get(EntityManagerFactory.class, "job jpa"));
                  registry.handleInTransaction(
                      "jpa",
                      (job, connection) -> {
                        entities.persist(new Purchase(job.attempt() == 1 ? first : second));
                        if (job.attempt() == 1) {
                          entities.flush();
                          throw new IllegalStateException("the first attempt fails");
                        }
                      });
                })
        .run(
            context -> {
              UUID id =
                  queue(context)
                      .send(JobRequest.of("jpa").retry(RetryPolicy.of(2, Duration.ZERO)))
                      .id();
              await().atMost(30, SECONDS).until(() -> !queue(context).exists(id));
              assertThat(isStored(context, first)).isFalse();
              assertThat(isStored(context, second)).isTrue();
            });
  }

  private static boolean isStored(ApplicationContext context, UUID order) {
    return Boolean.TRUE.equals(
        transactions(context)
            .execute(status -> entities(context).find(Purchase.class, order) != null));
  }

  private static TransactionTemplate transactions(ApplicationContext context) {
    return new TransactionTemplate(context.getBean(JpaTransactionManager.class));
  }

  private static EntityManager entities(ApplicationContext context) {
    return SharedEntityManagerCreator.createSharedEntityManager(
        context.getBean(EntityManagerFactory.class));
  }

  private static JobQueue queue(ApplicationContext context) {
    return context.getBean(JobQueue.class);
  }
}
