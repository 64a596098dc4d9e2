package io.jdbcmq.spring;

import io.jdbcmq.JobQueue;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** The actuator's endpoint {@code jobs}, if it is exposed. */
@AutoConfiguration(after = JdbcmqAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnBean(JobQueue.class)
@ConditionalOnAvailableEndpoint(endpoint = JobsEndpoint.class)
public class JdbcmqEndpointAutoConfiguration {
  JdbcmqEndpointAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean
  JobsEndpoint jdbcmqJobsEndpoint(JobQueue queue) {
    return new JobsEndpoint(queue);
  }
}
