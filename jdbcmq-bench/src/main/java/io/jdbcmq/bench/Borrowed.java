package io.jdbcmq.bench;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import javax.sql.DataSource;

/**
 * A data source that hands out the caller's connection, and leaves closing it to the caller: how
 * libraries that know only data sources are made to join a transaction, as Spring does it with
 * {@code TransactionAwareDataSourceProxy}.
 */
final class Borrowed {
  private Borrowed() {}

  static DataSource dataSource(Connection connection) {
    Connection unclosed =
        (Connection)
            Proxy.newProxyInstance(
                Borrowed.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                (proxy, method, args) -> {
                  if (method.getName().equals("close")) {
                    return null;
                  }
                  try {
                    return method.invoke(connection, args);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
    return (DataSource)
        Proxy.newProxyInstance(
            Borrowed.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, args) -> {
              if (method.getName().equals("getConnection")) {
                return unclosed;
              }
              throw new UnsupportedOperationException(method.toString());
            });
  }
}
