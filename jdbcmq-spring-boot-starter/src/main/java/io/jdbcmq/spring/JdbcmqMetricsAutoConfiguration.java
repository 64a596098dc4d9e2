package io.jdbcmq.spring;

import io.jdbcmq.JobQueue;
import io.jdbcmq.micrometer.ObservationInterceptor;
import io.jdbcmq.micrometer.QueueGauges;
import io.jdbcmq.micrometer.QueueMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * Meters and observations of the queue, if {@code jdbcmq-micrometer} is there, and the application
 * has registries.
 */
@AutoConfiguration(
    after = JdbcmqAutoConfiguration.class,
    afterName = {
      "org.springframework.boot.actuate.autoconfigure.metrics.CompositeMeterRegistryAutoConfiguration",
      "org.springframework.boot.actuate.autoconfigure.observation.ObservationAutoConfiguration",
      "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
      "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration"
    })
@ConditionalOnClass({QueueMetrics.class, MeterRegistry.class, ObservationRegistry.class})
@ConditionalOnBean(JobQueue.class)
public class JdbcmqMetricsAutoConfiguration {
  JdbcmqMetricsAutoConfiguration() {}

  @Bean
  @ConditionalOnBean(MeterRegistry.class)
  @ConditionalOnMissingBean
  QueueMetrics jdbcmqMetrics(MeterRegistry registry) {
    return new QueueMetrics(registry);
  }

  /** Bound to every registry by Spring Boot. */
  @Bean
  @ConditionalOnBean(MeterRegistry.class)
  @ConditionalOnMissingBean
  QueueGauges jdbcmqGauges(JobQueue queue) {
    return new QueueGauges(queue);
  }

  /** Also carries the trace from the sender to the handler, if the application has tracing. */
  @Bean
  @ConditionalOnBean(ObservationRegistry.class)
  @ConditionalOnMissingBean
  ObservationInterceptor jdbcmqObservations(ObservationRegistry registry) {
    return new ObservationInterceptor(registry);
  }
}
