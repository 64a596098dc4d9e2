package io.jdbcmq.torture.server;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRunner;
import io.jdbcmq.job.JobQueueException;
import io.jdbcmq.job.JobRequest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** PgBouncer in transaction mode, with two server connections for all, stands before the server. */
class PoolerIT {
  private static final int CONNECTIONS = 2;
  private static final String THROUGH = "prepareThreshold=0&connectTimeout=2&socketTimeout=10";
  private static final String DEAF = "pooler in transaction mode";
  private static final Duration LEASE = Duration.ofSeconds(5);

  private PostgresServer server;
  private PgBouncer pooler;

  @BeforeEach
  void start() {
    var program = Needed.pooler();
    server = PostgresServer.start(Needed.together(List.of("initdb", "postgres")));
    try {
      pooler = PgBouncer.start(program, server.port(), CONNECTIONS);
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
  }

  @AfterEach
  void stop() {
    if (pooler != null) {
      pooler.close();
    }
    if (server != null) {
      server.close();
    }
  }

  @Test
  void withADirectConnectionBesideItNothingIsLostWhenItIsRestarted() throws Exception {
    try (LogOf log = new LogOf();
        HikariDataSource pool = Sources.pool(pooler.jdbcUrl(THROUGH), true)) {
      JobQueue queue = JobQueue.builder(pool).direct(Sources.direct(server.jdbcUrl())).build();
      queue.migrate();
      try (Load load = new Load(server.jdbcUrl());
          JobRunner one = queue.runner(Load.handler()).lease(LEASE).start();
          JobRunner two = queue.runner(Load.handler()).lease(LEASE).start()) {
        load.send(queue, 3);
        load.awaitMore(500);
        pooler.restart();
        load.awaitMore(500);
        assertThat(one.id()).isPresent();
        assertThat(two.id()).isPresent();
        assertThat(sessionState()).isEmpty();
        load.stopAndCheck();
      }
      assertThat(log.has(DEAF)).isFalse();
    }
  }

  @Test
  void withoutOneItWorksByPolling() throws Exception {
    try (LogOf log = new LogOf();
        HikariDataSource pool = Sources.pool(pooler.jdbcUrl(THROUGH), true)) {
      JobQueue queue = JobQueue.create(pool);
      queue.migrate();
      try (Load load = new Load(server.jdbcUrl());
          JobRunner one = queue.runner(Load.handler()).pollOnly().lease(LEASE).start()) {
        load.send(queue, 3);
        load.awaitMore(500);
        pooler.restart();
        load.awaitMore(500);
        assertThat(one.id()).isPresent();
        assertThat(sessionState()).isEmpty();
        load.stopAndCheck();
      }
      assertThat(log.has(DEAF)).isFalse();
    }
  }

  /** The pooler accepts LISTEN, and even delivers what the same server connection sends. */
  @Test
  void aRunnerThatListensThroughItSaysSoAndWorksByPolling() throws Exception {
    try (LogOf log = new LogOf();
        HikariDataSource pool = Sources.pool(pooler.jdbcUrl(THROUGH), true)) {
      JobQueue queue = JobQueue.create(pool);
      queue.migrate();
      try (Load load = new Load(server.jdbcUrl());
          JobRunner runner = queue.runner(Load.handler()).lease(LEASE).start()) {
        await().atMost(60, SECONDS).until(() -> log.has(DEAF));
        load.send(queue, 1);
        load.awaitMore(50);
        assertThat(runner.id()).isPresent();
        load.stopAndCheck();
        await().atMost(60, SECONDS).until(() -> sessionState().isEmpty());
      }
    }
  }

  /** The driver's default: statements that were prepared in one session are met in another. */
  @Test
  void preparedStatementsAreRefusedWithAnErrorThatTellsTheSetting() throws Exception {
    Queue<String> errors = new ConcurrentLinkedQueue<>();
    try (HikariDataSource pool = Sources.pool(pooler.jdbcUrl(""), true)) {
      JobQueue.create(Sources.direct(server.jdbcUrl())).migrate();
      JobQueue queue = JobQueue.create(pool);
      List<Thread> senders = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Thread sender = new Thread(() -> sendSome(queue, errors));
        senders.add(sender);
        sender.start();
      }
      for (Thread sender : senders) {
        sender.join(60_000);
      }
    }
    assertThat(errors).isNotEmpty();
    assertThat(errors).anyMatch(error -> error.contains("prepareThreshold=0"));
  }

  private static void sendSome(JobQueue queue, Queue<String> errors) {
    for (int i = 0; i < 200; i++) {
      try {
        queue.send(JobRequest.of("any"));
      } catch (JobQueueException e) {
        errors.add(e.toString());
      }
    }
  }

  /** What somebody has set or listens to, on any of the server connections. */
  private Set<String> sessionState() throws SQLException {
    Set<String> found = new TreeSet<>();
    List<Connection> all = new ArrayList<>();
    try {
      Set<Integer> sessions = new TreeSet<>();
      for (int i = 0; i < CONNECTIONS; i++) {
        Connection connection = DriverManager.getConnection(pooler.jdbcUrl(THROUGH));
        all.add(connection);
        connection.setAutoCommit(
            false); // holds its server connection, so that the next gets another
        try (Statement statement = connection.createStatement()) {
          ResultSet pid = statement.executeQuery("select pg_backend_pid()");
          pid.next();
          sessions.add(pid.getInt(1));
          ResultSet rows =
              statement.executeQuery(
                  // The last ones are the pooler's own.
                  """
                  select name || ' = ' || setting from pg_settings
                  where source = 'session' and name not in
                    ('application_name', 'client_encoding', 'DateStyle', 'TimeZone', 'standard_conforming_strings')
                  union all
                  select 'listens to ' || topic from pg_listening_channels() as topic
                  union all
                  select 'temporary ' || relname from pg_class where relpersistence = 't'
                  """);
          while (rows.next()) {
            found.add(rows.getString(1));
          }
        }
      }
      assertThat(sessions).hasSize(CONNECTIONS);
      return found;
    } finally {
      for (Connection connection : all) {
        connection.close();
      }
    }
  }

  /** The check above can fail. */
  @Test
  void whatIsLeftInASessionIsSeen() throws Exception {
    try (Connection connection = DriverManager.getConnection(pooler.jdbcUrl(THROUGH));
        Statement statement = connection.createStatement()) {
      statement.execute("set statement_timeout = '7s'");
      statement.execute("listen somebody");
    }
    assertThat(sessionState()).contains("statement_timeout = 7000", "listens to somebody");
  }
}
