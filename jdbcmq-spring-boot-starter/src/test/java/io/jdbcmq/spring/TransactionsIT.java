package io.jdbcmq.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jdbcmq.JobQueue;
import io.jdbcmq.job.JobRequest;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/** Calls of the queue in transactions of Spring. */
class TransactionsIT {
  private static final JobRequest JOB = JobRequest.of("spring");

  private final ApplicationContextRunner application =
      new Database()
          .application()
          .withBean(Orders.class)
          .withPropertyValues("jdbcmq.runner.enabled=false");

  /** A service as applications have it. */
  static class Orders {
    private final JdbcTemplate jdbc;
    private final JobQueue queue;

    Orders(JdbcTemplate jdbc, JobQueue queue) {
      this.jdbc = jdbc;
      this.queue = queue;
    }

    @Transactional
    public UUID place(String what, boolean fails) {
      jdbc.update("insert into notes values (?)", what);
      UUID id = queue.send(JOB).id();
      if (fails) {
        throw new FailedException(id);
      }
      return id;
    }
  }

  static final class FailedException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final UUID id;

    FailedException(UUID id) {
      super("placing the order failed");
      this.id = id;
    }
  }

  @Test
  void aSendIsPartOfATransactionalMethod() {
    run(
        context -> {
          Orders orders = context.getBean(Orders.class);
          UUID id = orders.place("kept", false);
          assertThat(queue(context).exists(id)).isTrue();
          assertThatThrownBy(() -> orders.place("lost", true))
              .isInstanceOfSatisfying(
                  FailedException.class,
                  failed -> assertThat(queue(context).exists(failed.id)).isFalse());
          assertThat(notes(context, "lost")).isZero();
        });
  }

  @Test
  void readsSeeWhatTheTransactionHasSent() {
    run(
        context -> {
          UUID id =
              in(
                  context,
                  required(),
                  () -> {
                    UUID sent = queue(context).send(JOB).id();
                    assertThat(queue(context).exists(sent)).isTrue();
                    assertThat(in(context, notSupported(), () -> queue(context).exists(sent)))
                        .isFalse();
                    return sent;
                  });
          assertThat(queue(context).exists(id)).isTrue();
        });
  }

  @Test
  void aNewTransactionCommitsByItself() {
    run(
        context -> {
          UUID[] inner = new UUID[1];
          UUID[] outer = new UUID[1];
          assertThatThrownBy(
                  () ->
                      in(
                          context,
                          required(),
                          () -> {
                            outer[0] = queue(context).send(JOB).id();
                            inner[0] =
                                in(context, requiresNew(), () -> queue(context).send(JOB).id());
                            throw new IllegalStateException("outer");
                          }))
              .hasMessage("outer");
          assertThat(queue(context).exists(inner[0])).isTrue();
          assertThat(queue(context).exists(outer[0])).isFalse();
        });
  }

  @Test
  void aReadOnlyTransactionRefusesWritesAndLetsRead() {
    run(
        context -> {
          DefaultTransactionDefinition readOnly = required();
          readOnly.setReadOnly(true);
          assertThatThrownBy(() -> in(context, readOnly, () -> queue(context).send(JOB)))
              .isInstanceOf(IllegalStateException.class)
              .hasMessageContaining("read-only transaction");
          assertThat(in(context, readOnly, () -> queue(context).exists(UUID.randomUUID())))
              .isFalse();
        });
  }

  @Test
  void withoutATransactionASendIsOneOfItsOwn() {
    run(
        context -> {
          UUID id = queue(context).send(JOB).id();
          assertThat(queue(context).exists(id)).isTrue();
        });
  }

  @Test
  void theConnectionOfTheTransactionIsStillTheSameAfterwards() {
    run(
        context ->
            in(
                context,
                required(),
                () -> {
                  DataSource dataSource = context.getBean(DataSource.class);
                  var before = DataSourceUtils.getConnection(dataSource);
                  queue(context).send(JOB);
                  assertThat(DataSourceUtils.getConnection(dataSource)).isSameAs(before);
                  DataSourceUtils.releaseConnection(before, dataSource);
                  DataSourceUtils.releaseConnection(before, dataSource);
                  return true;
                }));
  }

  /** A second database, whose transactions have nothing to do with the queue. */
  @Configuration(proxyBeanMethods = false)
  static class Second {
    @Bean
    DataSource second() {
      return Database.pool();
    }

    @Bean
    @Primary
    DataSourceTransactionManager secondTransactions(@Qualifier("second") DataSource second) {
      return new DataSourceTransactionManager(second);
    }
  }

  private ApplicationContextRunner withSecond(String mode) {
    return application
        .withUserConfiguration(Second.class)
        .withPropertyValues("jdbcmq.data-source=dataSource", "jdbcmq.transactions=" + mode);
  }

  @Test
  void inATransactionOfAnotherDatabaseASendIsRefused() {
    runIn(
        withSecond("join"),
        context -> {
          assertThatThrownBy(() -> in(context, required(), () -> queue(context).send(JOB)))
              .isInstanceOf(IllegalStateException.class)
              .hasMessageContaining("does not include the data source of the job queue")
              .hasMessageContaining("jdbcmq.transactions");
          assertThat(in(context, notSupported(), () -> queue(context).send(JOB)).id()).isNotNull();
        });
  }

  /** Who asks for a connection in somebody else's transaction gets one that is bound, too. */
  @Test
  void aConnectionThatIsOnlyBoundIsNoTransaction() {
    runIn(
        withSecond("join"),
        context ->
            in(
                context,
                required(),
                () -> {
                  jdbc(context).queryForObject("select 1", Integer.class);
                  assertThatThrownBy(() -> queue(context).send(JOB))
                      .hasMessageContaining("does not include the data source of the job queue");
                  return true;
                }));
  }

  @Test
  void inATransactionOfAnotherDatabaseASendMayBeOneOfItsOwn() {
    runIn(
        withSecond("if-possible"),
        context -> {
          UUID[] sent = new UUID[1];
          assertThatThrownBy(
                  () ->
                      in(
                          context,
                          required(),
                          () -> {
                            sent[0] = queue(context).send(JOB).id();
                            throw new IllegalStateException("other database");
                          }))
              .hasMessage("other database");
          assertThat(queue(context).exists(sent[0])).isTrue();
        });
  }

  @Test
  void joiningCanBeSwitchedOff() {
    runIn(
        application.withPropertyValues("jdbcmq.transactions=never"),
        context -> {
          assertThatThrownBy(() -> context.getBean(Orders.class).place("alone", true))
              .isInstanceOfSatisfying(
                  FailedException.class,
                  failed -> assertThat(queue(context).exists(failed.id)).isTrue());
          assertThat(notes(context, "alone")).isZero();
        });
  }

  private void run(Consumer<ApplicationContext> test) {
    runIn(application, test);
  }

  private static void runIn(
      ApplicationContextRunner application, Consumer<ApplicationContext> test) {
    application.run(
        context -> {
          assertThat(context).hasNotFailed();
          test.accept(context);
        });
  }

  private static <T> T in(
      ApplicationContext context, TransactionDefinition definition, Supplier<T> work) {
    return new TransactionTemplate(context.getBean(PlatformTransactionManager.class), definition)
        .execute(status -> work.get());
  }

  private static DefaultTransactionDefinition required() {
    return new DefaultTransactionDefinition();
  }

  private static DefaultTransactionDefinition requiresNew() {
    return new DefaultTransactionDefinition(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
  }

  private static DefaultTransactionDefinition notSupported() {
    return new DefaultTransactionDefinition(TransactionDefinition.PROPAGATION_NOT_SUPPORTED);
  }

  private static JobQueue queue(ApplicationContext context) {
    return context.getBean(JobQueue.class);
  }

  private static JdbcTemplate jdbc(ApplicationContext context) {
    return context.getBean(JdbcTemplate.class);
  }

  private static long notes(ApplicationContext context, String what) {
    Long count =
        jdbc(context).queryForObject("select count(*) from notes where what = ?", Long.class, what);
    return count == null ? -1 : count;
  }
}
