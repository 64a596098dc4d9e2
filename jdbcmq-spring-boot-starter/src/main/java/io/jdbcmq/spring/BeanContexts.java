package io.jdbcmq.spring;

import io.jdbcmq.ContextSource;
import java.util.Optional;
import org.springframework.beans.factory.BeanFactory;

/**
 * The beans of the application, by type: the only one or the primary one.
 *
 * @param beans of the application
 */
record BeanContexts(BeanFactory beans) implements ContextSource {
  @Override
  public <T> Optional<T> find(Class<T> type) {
    return Optional.ofNullable(beans.getBeanProvider(type).getIfUnique());
  }
}
