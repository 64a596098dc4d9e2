package io.jdbcmq;

import static io.jdbcmq.Jobs.awaitGone;
import static io.jdbcmq.Jobs.awaitState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.jdbcmq.internal.sql.Database;
import io.jdbcmq.job.FailedAttempt;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.JobState;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.job.StorageException;
import io.jdbcmq.spi.HandlerTransactions;
import io.jdbcmq.testing.FailingSockets;
import io.jdbcmq.testing.TestSchema;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.UUID;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Memory that runs out while the driver reads an answer: the driver then knows neither that a
 * transaction is open nor that an answer is still to come. Whoever gets this connection next must
 * neither commit the one nor read the other.
 */
class ErrorInDriverIT {
  @RegisterExtension final TestSchema db = new TestSchema();

  @BeforeEach
  void createEffects() throws SQLException {
    db.execute("create table effects (what text)");
  }

  @Test
  void whatAFailedHandlerHasWrittenIsNotCommittedByTheNext() throws Exception {
    runBoth(JobQueue.builder(pool(true)));
    assertThat(db.query("select what from effects")).containsExactly("works");
  }

  @Test
  void norInTransactionsOfOthers() throws Exception {
    HikariDataSource pool = pool(true);
    runBoth(JobQueue.builder(pool).handlerTransactions(transactionsOf(pool)));
    assertThat(db.query("select what from effects")).containsExactly("works");
  }

  private static HandlerTransactions transactionsOf(HikariDataSource pool) {
    return work -> {
      try (Connection connection = pool.getConnection()) {
        connection.setAutoCommit(false);
        try {
          work.run(connection);
        } catch (Throwable e) {
          rollBack(connection, e);
          throw e;
        }
        connection.commit();
      }
    };
  }

  private void runBoth(JobQueue.Builder builder) {
    JobQueue queue = builder.direct(db.direct()).schema(db.name()).build();
    JobRegistry jobs =
        JobRegistry.builder()
            .handleInTransaction(
                "fails",
                (job, connection) -> {
                  FailingSockets.failNextAnswer();
                  insert(connection, "fails");
                })
            .handleInTransaction("works", (job, connection) -> insert(connection, "works"))
            .build();
    db.closing(queue.runner(jobs).concurrency(1, 1).start());
    UUID failing = queue.send(JobRequest.of("fails").retry(RetryPolicy.never())).id();
    assertThat(awaitState(queue, failing, JobState.DEAD).failedAttempts())
        .singleElement()
        .extracting(FailedAttempt::error, InstanceOfAssertFactories.STRING)
        .contains("on purpose");
    awaitGone(queue, queue.send(JobRequest.of("works")).id());
  }

  /** The driver sends BEGIN and the first statement together, as two messages. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatAHandlerWritesFirstIsNotCommittedByItselfWhenBeginFails(boolean ofOthers)
      throws Exception {
    HikariDataSource pool = pool(true);
    JobQueue.Builder builder = JobQueue.builder(pool).direct(db.direct()).schema(db.name());
    JobQueue queue =
        (ofOthers ? builder.handlerTransactions(transactionsOf(pool)) : builder).build();
    JobRegistry jobs =
        JobRegistry.builder()
            .handleInTransaction("works", (job, connection) -> insert(connection, "works"))
            .build();
    FailingSockets.spoilNextBegin();
    db.closing(queue.runner(jobs).start());
    JobRequest patient = JobRequest.of("works").retry(RetryPolicy.of(3, Duration.ofMillis(10)));
    awaitGone(queue, queue.send(patient).id());
    assertThat(FailingSockets.wasSpoilt()).isTrue();
    assertThat(db.query("select what from effects")).containsExactly("works");
  }

  /** The job would be gone, and its effect rolled back. */
  @Test
  void norIsACompletionThatAHandlerBeginsItsTransactionWith() throws SQLException {
    HikariDataSource pool = pool(true);
    JobQueue queue = JobQueue.builder(pool).direct(db.direct()).schema(db.name()).build();
    JobRegistry jobs =
        JobRegistry.builder()
            .handle(
                "works",
                job -> {
                  try (Connection connection = pool.getConnection()) {
                    connection.setAutoCommit(false);
                    job.complete(connection);
                    insert(connection, "works");
                    connection.commit();
                  }
                })
            .build();
    FailingSockets.spoilNextBegin();
    db.closing(queue.runner(jobs).start());
    JobRequest patient = JobRequest.of("works").retry(RetryPolicy.of(3, Duration.ofMillis(10)));
    awaitGone(queue, queue.send(patient).id());
    assertThat(FailingSockets.wasSpoilt()).isTrue();
    assertThat(db.query("select what from effects")).containsExactly("works");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aSendIsNotCommittedByItselfWhenBeginFails(boolean hidden) throws SQLException {
    HikariDataSource pool = pool(true);
    JobQueue queue = JobQueue.builder(pool).schema(db.name()).build();
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      Connection passed = hidden ? hidingTheDriver(connection) : connection;
      FailingSockets.spoilNextBegin();
      assertThatThrownBy(() -> queue.send(passed, JobRequest.of("fails")))
          .isInstanceOf(StorageException.class);
      connection.rollback();
      queue.send(passed, JobRequest.of("works"));
      connection.commit();
    }
    assertThat(FailingSockets.wasSpoilt()).isTrue();
    assertThat(db.query("select job_name from mq_jobs")).containsExactly("works");
  }

  @Test
  void aSendInATransactionOfItsOwnNeedsNoBegin() throws SQLException {
    HikariDataSource pool = pool(false);
    JobQueue queue = JobQueue.builder(pool).schema(db.name()).build();
    FailingSockets.spoilNextBegin();
    queue.send(JobRequest.of("works"));
    assertThat(FailingSockets.wasSpoilt()).isFalse();
    try (Connection connection = pool.getConnection()) {
      assertThat(connection.getAutoCommit()).isFalse();
    }
    assertThat(db.query("select job_name from mq_jobs")).containsExactly("works");
  }

  @Test
  void theTransactionOfACallerIsRolledBack() throws SQLException {
    HikariDataSource pool = pool(true);
    JobQueue queue = JobQueue.builder(pool).schema(db.name()).build();
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      FailingSockets.failNextAnswer();
      assertThatThrownBy(() -> queue.send(connection, JobRequest.of("fails")))
          .isInstanceOf(OutOfMemoryError.class);
    }
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      queue.send(connection, JobRequest.of("works"));
      connection.commit();
    }
    assertThat(db.query("select job_name from mq_jobs")).containsExactly("works");
  }

  /** Wherever it fails, the next user of the connection does not commit a part of it. */
  @Test
  void migrationsAreDoneAllOrNone() throws SQLException {
    HikariDataSource pool = pool(true);
    boolean fails = true;
    for (int answer = 1; fails; answer += 4) {
      String schema = db.name() + "_" + answer;
      JobQueue queue = JobQueue.builder(pool).schema(schema).build();
      try {
        FailingSockets.failAnswer(answer);
        queue.migrate();
        fails = false;
      } catch (OutOfMemoryError e) {
        assertThat(e).hasMessage("on purpose");
      }
      FailingSockets.failAnswer(0);
      try (Connection connection = pool.getConnection()) {
        connection.setAutoCommit(false);
        number(connection, 1);
        connection.commit();
      }
      if (fails) {
        assertThat(db.query("select to_regnamespace('" + schema + "')")).containsNull();
      } else {
        queue.send(JobRequest.of("works"));
        db.execute("drop schema " + schema + " cascade");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theNextReadsAnAnswerOfItsOwn(boolean autoCommit) throws SQLException {
    Database database = Database.of(pool(autoCommit));
    assertThatThrownBy(
            () ->
                database.inOwnTransaction(
                    connection -> {
                      FailingSockets.failNextAnswer();
                      return number(connection, 1);
                    }))
        .isInstanceOf(OutOfMemoryError.class);
    int next = database.inOwnTransaction(connection -> number(connection, 2));
    assertThat(next).isEqualTo(2);
  }

  /** One connection, so that the next one has the same. */
  private HikariDataSource pool(boolean autoCommit) {
    PGSimpleDataSource direct = db.direct();
    direct.setCurrentSchema(db.name());
    FailingSockets.under(direct);
    HikariConfig config = new HikariConfig();
    config.setDataSource(direct);
    config.setAutoCommit(autoCommit);
    config.setMaximumPoolSize(1);
    return db.closing(new HikariDataSource(config));
  }

  private static Connection hidingTheDriver(Connection connection) {
    return (Connection)
        Proxy.newProxyInstance(
            ErrorInDriverIT.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, args) ->
                method.getName().equals("isWrapperFor") ? false : method.invoke(connection, args));
  }

  private static void rollBack(Connection connection, Throwable cause) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
  }

  private static void insert(Connection connection, String what) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("insert into effects values ('" + what + "')");
    }
  }

  private static int number(Connection connection, int number) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select " + number)) {
      rows.next();
      return rows.getInt(1);
    }
  }
}
