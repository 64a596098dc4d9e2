package io.jdbcmq.torture.server;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import org.postgresql.ds.PGSimpleDataSource;

/** Data sources as an application has them. */
final class Sources {
  private Sources() {}

  /** A pool that notices an outage soon. */
  static HikariDataSource pool(String url, boolean autoCommit) {
    HikariConfig config = new HikariConfig();
    config.setDataSource(direct(url));
    config.setAutoCommit(autoCommit);
    config.setMaximumPoolSize(20);
    config.setMinimumIdle(0);
    config.setConnectionTimeout(8_000);
    config.setValidationTimeout(1_000);
    return new HikariDataSource(config);
  }

  /** New connections, past all pools. */
  static PGSimpleDataSource direct(String url) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(url);
    return source;
  }
}
