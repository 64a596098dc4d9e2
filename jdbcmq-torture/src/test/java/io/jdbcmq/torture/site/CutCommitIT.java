package io.jdbcmq.torture.site;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The driver's COMMIT is found in what it says, the first one of a connection and later ones. */
class CutCommitIT {
  private static EmbeddedPostgres server;

  @BeforeAll
  static void start() throws SQLException {
    server = EmbeddedPostgres.builder().start();
    try (Connection connection = DriverManager.getConnection(server.jdbcUrl());
        Statement statement = connection.createStatement()) {
      statement.execute("create table rows (number int)");
    }
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 10})
  void aLostCommitHasNotHappened(int before) throws Exception {
    try (Proxy proxy = new Proxy(server.port());
        Connection connection = connect(proxy)) {
      commit(connection, 100, before);
      proxy.loseCommits(1);
      insert(connection, 1);

      assertThatThrownBy(connection::commit).isInstanceOf(SQLException.class);

      assertThat(proxy.commitsLost()).isEqualTo(1);
      await("the session ends").atMost(30, SECONDS).until(() -> sessions() == 0);
      assertThat(has(1)).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 10})
  void aCommitThatIsNotAnsweredHasHappened(int before) throws Exception {
    try (Proxy proxy = new Proxy(server.port());
        Connection connection = connect(proxy)) {
      commit(connection, 200, before);
      proxy.loseAnswersToCommits(1);
      insert(connection, 2 + before);

      assertThatThrownBy(connection::commit).isInstanceOf(SQLException.class);

      assertThat(proxy.commitsNotAnswered()).isEqualTo(1);
      await("the row is there").atMost(30, SECONDS).until(() -> has(2 + before));
    }
  }

  @Test
  void otherStatementsPass() throws Exception {
    try (Proxy proxy = new Proxy(server.port());
        Connection connection = connect(proxy)) {
      proxy.loseCommits(1);
      proxy.loseAnswersToCommits(1);
      for (int i = 0; i < 10; i++) {
        insert(connection, 300 + i);
        connection.rollback();
      }
      assertThat(proxy.commitsLost() + proxy.commitsNotAnswered()).isZero();
      proxy.heal();
      commit(connection, 300, 1);
      assertThat(has(300)).isTrue();
    }
  }

  private static Connection connect(Proxy proxy) throws SQLException {
    Connection connection =
        DriverManager.getConnection(
            server.jdbcUrl().replace(":" + server.port() + "/", ":" + proxy.port() + "/")
                + "&ApplicationName=proxied");
    connection.setAutoCommit(false);
    return connection;
  }

  private static void commit(Connection connection, int first, int count) throws SQLException {
    for (int i = 0; i < count; i++) {
      insert(connection, first + i);
      connection.commit();
    }
  }

  private static void insert(Connection connection, int number) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("insert into rows values (%d)".formatted(number));
    }
  }

  private static boolean has(int number) throws SQLException {
    return count("rows where number = " + number) > 0;
  }

  private static long sessions() throws SQLException {
    return count("pg_stat_activity where application_name = 'proxied'");
  }

  private static long count(String from) throws SQLException {
    try (Connection connection = DriverManager.getConnection(server.jdbcUrl());
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select count(*) from " + from)) {
      rows.next();
      return rows.getLong(1);
    }
  }
}
