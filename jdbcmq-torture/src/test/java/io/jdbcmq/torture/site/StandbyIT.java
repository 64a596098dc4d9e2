package io.jdbcmq.torture.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.embedded.EmbeddedPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A standby has what its primary had, and takes its place. */
class StandbyIT {
  private EmbeddedPostgres primary;

  @BeforeEach
  void start() throws SQLException {
    primary = EmbeddedPostgres.builder().start();
    execute("create table rows (number int)", "insert into rows values (1)");
  }

  @AfterEach
  void stop() {
    primary.close();
  }

  @Test
  void aPromotedStandbyHasTheRowsAndTakesMore() throws Exception {
    Path home = Files.createTempDirectory("jdbcmq-tables-");
    try {
      UserPrincipal owner = Files.getOwner(primary.dataDirectory());
      Files.setOwner(home, owner);
      Path tables = Files.createDirectory(home.resolve("first"));
      Files.setOwner(tables, owner);
      execute(
          "create tablespace small location '%s'".formatted(tables),
          "create table small (number int) tablespace small",
          "insert into small values (1)");

      try (Standby standby = Standby.of(primary)) {
        standby.makeSynchronous();
        execute("insert into rows values (2)", "insert into small values (2)");
        assertThat(BaseBackup.tablespaces(standby.server().dataDirectory()))
            .singleElement()
            .isNotEqualTo(tables);
        primary.kill();
        Standby.delete(tables); // so that a copy that shares it would be seen
        standby.promote();

        try (Connection connection = DriverManager.getConnection(standby.server().jdbcUrl());
            Statement statement = connection.createStatement()) {
          statement.execute("insert into small values (3)");
          assertThat(numbers(statement, "rows")).containsExactly(1, 2);
          assertThat(numbers(statement, "small")).containsExactly(1, 2, 3);
        }
        standby.server().kill();
        standby.server().restart();
        try (Connection connection = DriverManager.getConnection(standby.server().jdbcUrl());
            Statement statement = connection.createStatement()) {
          assertThat(numbers(statement, "small")).containsExactly(1, 2, 3);
        }
      }
    } finally {
      Standby.delete(home);
    }
  }

  /** A commit that is said to be done, with a warning, is lost with its server. */
  @Test
  void whatDidNotAwaitTheStandbyIsLost() throws Exception {
    try (Standby standby = Standby.of(primary)) {
      standby.makeSynchronous();
      execute("insert into rows values (2)");
      standby.link().swallow();
      CompletableFuture<Void> waiting =
          CompletableFuture.runAsync(
              () -> {
                try {
                  execute("insert into rows values (3)");
                } catch (SQLException e) {
                  throw new IllegalStateException(e);
                }
              });
      await()
          .atMost(60, TimeUnit.SECONDS)
          .until(
              () -> {
                execute(
                    "select pg_cancel_backend(pid) from pg_stat_activity"
                        + " where wait_event = 'SyncRep'");
                return waiting.isDone();
              });
      waiting.get(1, TimeUnit.SECONDS); // it did not fail
      primary.kill();
      standby.promote();

      try (Connection connection = DriverManager.getConnection(standby.server().jdbcUrl());
          Statement statement = connection.createStatement()) {
        assertThat(numbers(statement, "rows")).containsExactly(1, 2);
      }
    }
  }

  private void execute(String... statements) throws SQLException {
    try (Connection connection = DriverManager.getConnection(primary.jdbcUrl());
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private static List<Integer> numbers(Statement statement, String table) throws SQLException {
    List<Integer> numbers = new ArrayList<>();
    try (ResultSet rows =
        statement.executeQuery("select number from %s order by 1".formatted(table))) {
      while (rows.next()) {
        numbers.add(rows.getInt(1));
      }
    }
    return numbers;
  }
}
