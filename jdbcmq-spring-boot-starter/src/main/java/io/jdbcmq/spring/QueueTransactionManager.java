package io.jdbcmq.spring;

import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.ResourceTransactionManager;

/** Finds the transaction manager whose transactions include the data source of the queue. */
final class QueueTransactionManager {
  private QueueTransactionManager() {}

  /** Empty: there is none, or nobody can tell which one it is. */
  static Optional<PlatformTransactionManager> find(
      JdbcmqProperties properties,
      QueueDataSource queue,
      ObjectProvider<PlatformTransactionManager> all,
      ConfigurableListableBeanFactory beans) {
    String name = properties.transactionManager();
    if (name != null) {
      return Optional.of(named(name, beans));
    }
    List<PlatformTransactionManager> ofJdbc =
        all.orderedStream().filter(manager -> resource(manager) == queue.dataSource()).toList();
    if (ofJdbc.size() == 1) {
      return Optional.of(ofJdbc.get(0));
    }
    return Optional.ofNullable(all.getIfUnique())
        .filter(manager -> !(resource(manager) instanceof DataSource));
  }

  /** Of a manager for JDBC the data source, of one for JPA the entity manager factory. */
  private static Object resource(PlatformTransactionManager manager) {
    return manager instanceof ResourceTransactionManager owner
        ? owner.getResourceFactory()
        : manager;
  }

  private static PlatformTransactionManager named(
      String name, ConfigurableListableBeanFactory beans) {
    try {
      return beans.getBean(name, PlatformTransactionManager.class);
    } catch (NoSuchBeanDefinitionException e) {
      throw PropertyChecks.refused(
          "jdbcmq.transaction-manager", name, "there is no transaction manager of this name");
    }
  }
}
