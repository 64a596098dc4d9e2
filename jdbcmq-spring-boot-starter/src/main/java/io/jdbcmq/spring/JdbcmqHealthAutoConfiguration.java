package io.jdbcmq.spring;

import io.jdbcmq.JobQueue;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;

/** The queue's part of the application's health, {@code jdbcmq}. */
@AutoConfiguration(after = JdbcmqAutoConfiguration.class)
@ConditionalOnBean({JobQueue.class, RunnerWatch.class})
@Conditional(JdbcmqHealthAutoConfiguration.OnEnabled.class)
public class JdbcmqHealthAutoConfiguration {
  private static final String NAME = "jdbcmqHealthIndicator";

  JdbcmqHealthAutoConfiguration() {}

  @Bean
  QueueHealth jdbcmqHealth(
      JobQueue queue, ObjectProvider<JobRunnerLifecycle> lifecycle, RunnerWatch watch) {
    return new QueueHealth(queue, lifecycle, watch);
  }

  /** Spring Boot 3. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(name = "org.springframework.boot.actuate.health.HealthIndicator")
  static class OfSpringBoot3 {
    @Bean(NAME)
    @ConditionalOnMissingBean(name = NAME)
    org.springframework.boot.actuate.health.HealthIndicator jdbcmqHealthIndicator(
        QueueHealth health) {
      return () -> {
        var builder = new org.springframework.boot.actuate.health.Health.Builder();
        try {
          QueueHealth.Finding finding = health.look();
          (finding.isUp() ? builder.up() : builder.down()).withDetails(finding.details());
        } catch (RuntimeException e) {
          builder.down(e);
        }
        return builder.build();
      };
    }
  }

  /** Spring Boot 4. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(name = "org.springframework.boot.health.contributor.HealthIndicator")
  static class OfSpringBoot4 {
    @Bean(NAME)
    @ConditionalOnMissingBean(name = NAME)
    org.springframework.boot.health.contributor.HealthIndicator jdbcmqHealthIndicator(
        QueueHealth health) {
      return () -> {
        var builder = new org.springframework.boot.health.contributor.Health.Builder();
        try {
          QueueHealth.Finding finding = health.look();
          (finding.isUp() ? builder.up() : builder.down()).withDetails(finding.details());
        } catch (RuntimeException e) {
          builder.down(e);
        }
        return builder.build();
      };
    }
  }

  /** As {@code @ConditionalOnEnabledHealthIndicator}, which has moved in Spring Boot 4. */
  static class OnEnabled extends SpringBootCondition {
    @Override
    public ConditionOutcome getMatchOutcome(
        ConditionContext context, AnnotatedTypeMetadata metadata) {
      Environment environment = context.getEnvironment();
      boolean byDefault =
          environment.getProperty("management.health.defaults.enabled", Boolean.class, true);
      boolean enabled =
          environment.getProperty("management.health.jdbcmq.enabled", Boolean.class, byDefault);
      return new ConditionOutcome(
          enabled, ConditionMessage.forCondition("health of jdbcmq").because("enabled " + enabled));
    }
  }
}
