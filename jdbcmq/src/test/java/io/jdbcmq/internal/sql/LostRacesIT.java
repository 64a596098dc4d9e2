package io.jdbcmq.internal.sql;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.jdbcmq.embedded.EmbeddedPostgres;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A transaction that lost a race is repeated until the one it lost against is over. At SERIALIZABLE
 * that takes as long as that one takes to commit, which may wait for a disk or a standby: here, for
 * one that never comes.
 */
class LostRacesIT {
  /** More than there is time for at once until somebody has looked. */
  private static final int TRIES = 8;

  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void endThreads() {
    threads.shutdownNow();
  }

  @Test
  void theOtherTransactionTakesItsTimeToCommit() throws Exception {
    try (EmbeddedPostgres server =
            EmbeddedPostgres.builder()
                .setting("synchronous_standby_names", "nobody")
                .setting("synchronous_commit", "local")
                .setting("default_transaction_isolation", "serializable")
                .start();
        Connection reader = open(server);
        Connection other = open(server);
        Connection operator = open(server);
        HikariDataSource pool = pool(server)) {
      execute(operator, "create table a as select 1 as v; create table b as select 1 as v");
      reader.setAutoCommit(false);
      execute(reader, "select v from a");
      other.setAutoCommit(false);
      execute(other, "set synchronous_commit = on; update b set v = 2");
      Future<?> commit = threads.submit(() -> commit(other));
      await().atMost(20, SECONDS).until(() -> isCommitting(operator));

      AtomicInteger tries = new AtomicInteger();
      CompletableFuture<Integer> update =
          CompletableFuture.supplyAsync(() -> addBToA(pool, tries), threads);
      await().atMost(20, SECONDS).until(() -> tries.get() >= TRIES);
      execute(
          operator,
          "select pg_cancel_backend(pid) from pg_stat_activity where wait_event='SyncRep'");
      commit.get(20, SECONDS);

      assertThat(update.get(20, SECONDS)).isOne();
      assertThat(TestSchema.query(operator, "select v from a")).containsExactly("3");
    }
  }

  private static int addBToA(DataSource pool, AtomicInteger tries) {
    try {
      return Database.of(pool)
          .inOwnTransaction(
              connection -> {
                tries.incrementAndGet();
                try (Statement statement = connection.createStatement()) {
                  return statement.executeUpdate("update a set v = v + (select v from b)");
                }
              });
    } catch (SQLException e) {
      throw new IllegalStateException("after " + tries + " tries", e);
    }
  }

  private static boolean isCommitting(Connection operator) throws SQLException {
    return !TestSchema.query(
            operator, "select pid from pg_stat_activity where wait_event = 'SyncRep'")
        .isEmpty();
  }

  private static Void commit(Connection connection) throws SQLException {
    connection.commit();
    return null;
  }

  private static PGSimpleDataSource source(EmbeddedPostgres server) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(server.jdbcUrl());
    return source;
  }

  private static HikariDataSource pool(EmbeddedPostgres server) {
    HikariConfig config = new HikariConfig();
    config.setDataSource(source(server));
    config.setMaximumPoolSize(1);
    return new HikariDataSource(config);
  }

  private static Connection open(EmbeddedPostgres server) throws SQLException {
    return source(server).getConnection();
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
