package io.jdbcmq.bench;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import javax.sql.DataSource;

/**
 * A data source that hands out the connection which its thread has lent, and leaves closing it to
 * the lender: how libraries that know only data sources are made to join a transaction, as Spring
 * does it with {@code TransactionAwareDataSourceProxy}.
 */
final class Borrowed {
  private static final ThreadLocal<Connection> LENT = new ThreadLocal<>();

  private Borrowed() {}

  /** Hands out the connection that was lent, and those of another source while none is. */
  static DataSource or(DataSource other) {
    return (DataSource)
        Proxy.newProxyInstance(
            Borrowed.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, args) -> {
              Connection connection = LENT.get();
              if (method.getName().equals("getConnection") && connection != null) {
                return connection;
              }
              return method.invoke(other, args);
            });
  }

  /** Lends a connection for the time of some work. */
  static void during(Connection connection, Runnable work) {
    LENT.set(unclosed(connection));
    try {
      work.run();
    } finally {
      LENT.remove();
    }
  }

  private static Connection unclosed(Connection connection) {
    return (Connection)
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
  }
}
