package io.jdbcmq.spring;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.jdbcmq.embedded.DatabaseServer;
import io.jdbcmq.embedded.EmbeddedPostgres;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.annotation.EnableTransactionManagement;

/** A server that all tests share, with a schema of its own for each test. */
final class Database {
  private static final AtomicInteger NUMBER = new AtomicInteger();

  final String schema = "s" + ProcessHandle.current().pid() + "_" + NUMBER.incrementAndGet();

  /** Applications whose tables and queue are in the schema. */
  ApplicationContextRunner application() {
    return new ApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                JdbcmqAutoConfiguration.class,
                JdbcmqHealthAutoConfiguration.class,
                JdbcmqEndpointAutoConfiguration.class))
        .withUserConfiguration(Pool.class)
        .withPropertyValues("jdbcmq.schema=" + schema);
  }

  static String url() {
    return Shared.SERVER.jdbcUrl();
  }

  static HikariDataSource pool() {
    HikariConfig config = new HikariConfig();
    config.setDataSource(Shared.SERVER.dataSource());
    config.setMaximumPoolSize(10);
    config.setMinimumIdle(0);
    return new HikariDataSource(config);
  }

  /** What an application with JDBC has. */
  @Configuration(proxyBeanMethods = false)
  @EnableTransactionManagement
  static class Pool {
    @Bean
    DataSource dataSource() {
      return pool();
    }

    @Bean
    DataSourceTransactionManager transactionManager(
        @Qualifier("dataSource") DataSource dataSource) {
      return new DataSourceTransactionManager(dataSource);
    }

    @Bean
    JdbcTemplate jdbcTemplate(@Qualifier("dataSource") DataSource dataSource) {
      JdbcTemplate template = new JdbcTemplate(dataSource);
      template.execute("create table if not exists notes (what text)");
      return template;
    }
  }

  /** Started by the first test, stopped with the JVM. */
  private static final class Shared {
    static final DatabaseServer SERVER =
        DatabaseServer.fromEnvironmentOr(EmbeddedPostgres.builder());
  }
}
