package io.jdbcmq.spring;

import java.util.Arrays;
import javax.sql.DataSource;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;

/**
 * Where the queue is.
 *
 * @param dataSource to which transactions are bound, and which itself knows nothing of them
 */
record QueueDataSource(DataSource dataSource) {

  /** The one that the properties name, or that is marked, or the primary one. */
  static QueueDataSource find(
      JdbcmqProperties properties,
      ObjectProvider<DataSource> marked,
      ObjectProvider<DataSource> all,
      ConfigurableListableBeanFactory beans) {
    String name = properties.dataSource();
    if (name != null) {
      return named(name, beans);
    }
    DataSource found = marked.getIfUnique(all::getIfUnique);
    if (found == null) {
      throw new JobsException(
          "The queue has to be in one database, but there are several DataSource beans, and none is"
              + " the primary one: "
              + Arrays.toString(beans.getBeanNamesForType(DataSource.class)),
          "Mark one of them with @JobDataSource, or name it in the property jdbcmq.data-source.");
    }
    return of(found);
  }

  private static QueueDataSource named(String name, ConfigurableListableBeanFactory beans) {
    try {
      return of(beans.getBean(name, DataSource.class));
    } catch (NoSuchBeanDefinitionException e) {
      throw PropertyChecks.refused(
          "jdbcmq.data-source",
          name,
          "there is no bean of this name; DataSource beans are "
              + Arrays.toString(beans.getBeanNamesForType(DataSource.class)));
    }
  }

  /** What the runner takes from it must not depend on the transaction of a thread. */
  static QueueDataSource of(DataSource found) {
    DataSource target = found;
    while (target instanceof TransactionAwareDataSourceProxy proxy) {
      DataSource behind = proxy.getTargetDataSource();
      if (behind == null) {
        break;
      }
      target = behind;
    }
    return new QueueDataSource(target);
  }
}
