package io.jdbcmq.test.example;

import static io.jdbcmq.test.JobQueueAssertions.assertThat;
import static io.jdbcmq.test.example.Orders.CONFIRM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.job.JobState;
import io.jdbcmq.test.Drained;
import io.jdbcmq.test.JobQueueExtension;
import io.jdbcmq.test.RunResult;
import io.jdbcmq.test.TestJobs;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The examples of docs/how-to/test-jobs.md: change both. */
@ExtendWith(JobQueueExtension.class)
class OrdersIT {
  private final List<String> mails = new ArrayList<>();
  private final JobRegistry registry =
      JobRegistry.builder()
          .handle(CONFIRM, (job, confirmation) -> mails.add(confirmation.email()))
          .build();

  private Orders orders;

  @BeforeAll
  static void createTables(DataSource dataSource) throws SQLException {
    execute(dataSource, "create table orders (number bigint primary key)");
  }

  @BeforeEach
  void setUp(DataSource dataSource, JobQueue queue) {
    orders = new Orders(dataSource, queue);
  }

  @AfterEach
  void emptyTables(DataSource dataSource) throws SQLException {
    execute(dataSource, "delete from orders");
  }

  @Test
  void orderIsConfirmed(JobQueue queue) throws SQLException {
    orders.place(7, "ada@example.com");

    assertThat(queue)
        .hasSent(CONFIRM)
        .inChannel("email")
        .withPayload(Confirmation.class, mail -> assertThat(mail.order()).isEqualTo(7));
  }

  @Test
  void orderThatCannotBeStoredIsNotConfirmed(JobQueue queue) throws SQLException {
    orders.place(7, "ada@example.com");

    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(() -> orders.place(7, "bob@example.com")); // there is an order 7

    assertThat(queue).hasSent(CONFIRM).once().withPayload(new Confirmation(7, "ada@example.com"));
  }

  @Test
  void orderIsConfirmedWithinTheTestsTransaction(JobQueue queue, DataSource dataSource)
      throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);

      orders.place(connection, 7, "ada@example.com");

      assertThat(queue, connection).hasSentExactly("confirm-order");
      connection.rollback(); // as Spring does after a test that is @Transactional
    }
    assertThat(queue).hasNoJobs();
  }

  @Test
  void confirmationIsMailed(TestJobs jobs) throws SQLException {
    orders.place(7, "ada@example.com");

    jobs.runNext(registry).requireCompleted();

    assertThat(mails).containsExactly("ada@example.com");
  }

  @Test
  void mailThatFailsIsSentAgainAMinuteLater(TestJobs jobs, JobQueue queue) throws SQLException {
    orders.place(7, "ada@example.com");

    RunResult result = jobs.runNext(failing());
    assertThat(result)
        .isInstanceOfSatisfying(
            RunResult.Failed.class,
            failed -> assertThat(failed.error()).hasMessage("the mail server is down"));
    assertThat(queue).hasSent(CONFIRM).inState(JobState.DELAYED);

    jobs.clock().advance(Duration.ofMinutes(1));
    jobs.runNext(registry).requireCompleted();

    assertThat(mails).containsExactly("ada@example.com");
  }

  @Test
  void allOrdersAreConfirmed(TestJobs jobs, JobQueue queue) throws SQLException {
    orders.place(7, "ada@example.com");
    orders.place(8, "bob@example.com");

    Drained drained = jobs.drain(registry).requireAllCompleted();

    assertThat(drained.completed()).isEqualTo(2);
    assertThat(queue).hasNoJobs();
  }

  private static JobRegistry failing() {
    return JobRegistry.builder()
        .handle(
            CONFIRM,
            (job, confirmation) -> {
              throw new IOException("the mail server is down");
            })
        .build();
  }

  private static void execute(DataSource dataSource, String sql) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
