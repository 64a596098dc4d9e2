package io.jdbcmq.test.example;

import io.jdbcmq.JobQueue;
import io.jdbcmq.job.JobType;
import io.jdbcmq.job.RetryPolicy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;

/** A service that stores an order and sends a job in one transaction. */
final class Orders {
  static final JobType<Confirmation> CONFIRM =
      JobType.of("confirm-order", Confirmation.class)
          .channel("email")
          .retry(RetryPolicy.of(2, Duration.ofMinutes(1)));

  private final DataSource dataSource;
  private final JobQueue queue;

  Orders(DataSource dataSource, JobQueue queue) {
    this.dataSource = dataSource;
    this.queue = queue;
  }

  /** In a transaction of its own. */
  void place(long number, String email) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      try {
        place(connection, number, email);
        connection.commit();
      } finally {
        connection.rollback(); // does nothing after a commit
      }
    }
  }

  /** In the caller's transaction. */
  void place(Connection connection, long number, String email) throws SQLException {
    queue.send(connection, CONFIRM.request(new Confirmation(number, email)));
    try (var statement = connection.prepareStatement("insert into orders (number) values (?)")) {
      statement.setLong(1, number);
      statement.executeUpdate();
    }
  }
}
