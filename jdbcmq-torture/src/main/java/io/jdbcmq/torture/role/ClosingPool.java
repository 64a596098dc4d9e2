package io.jdbcmq.torture.role;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

/** A pool of connections, as applications have one. */
final class ClosingPool extends HikariDataSource {
  ClosingPool(String url, int size) {
    super(config(url, size));
  }

  private static HikariConfig config(String url, int size) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(size);
    config.setConnectionTimeout(2_000);
    config.setValidationTimeout(1_000);
    config.setInitializationFailTimeout(-1); // the server may be down when this process starts
    return config;
  }
}
