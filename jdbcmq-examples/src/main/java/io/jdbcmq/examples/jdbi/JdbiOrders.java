package io.jdbcmq.examples.jdbi;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.JobRunner;
import io.jdbcmq.embedded.EmbeddedPostgres;
import io.jdbcmq.job.JobType;
import java.util.concurrent.CountDownLatch;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * Stores orders and sends their jobs in one transaction of Jdbi. jOOQ, MyBatis and others work in
 * the same way: all that the queue needs is the connection of the transaction.
 */
public final class JdbiOrders {
  record Confirmation(int order) {}

  private static final JobType<Confirmation> CONFIRM =
      JobType.of("confirm", Confirmation.class).channel("mail");

  private final JobQueue queue;
  private final CountDownLatch confirmed = new CountDownLatch(1);

  private JdbiOrders(JobQueue queue) {
    this.queue = queue;
  }

  /** Runs it, on a PostgreSQL that is started here. */
  public static void main(String[] args) throws Exception {
    HikariConfig pool = new HikariConfig();
    try (EmbeddedPostgres server = EmbeddedPostgres.builder().start()) {
      pool.setJdbcUrl(server.jdbcUrl());
      try (HikariDataSource dataSource = new HikariDataSource(pool)) {
        JobQueue queue = JobQueue.create(dataSource);
        queue.migrate();
        new JdbiOrders(queue).run(Jdbi.create(dataSource));
      }
    }
  }

  @SuppressWarnings("try") // the runner works in the background until it is closed
  private void run(Jdbi jdbi) throws InterruptedException {
    jdbi.useHandle(handle -> handle.execute("create table orders (id int, confirmed boolean)"));
    JobRegistry jobs =
        JobRegistry.builder()
            .handleInTransaction(
                CONFIRM,
                (job, connection, confirmation) -> {
                  // Of the runner's transaction, which it commits; so Jdbi must not.
                  try (Handle handle = Jdbi.create(connection).open()) {
                    handle.execute(
                        "update orders set confirmed = true where id = ?", confirmation.order());
                  }
                  confirmed.countDown();
                })
            .build();
    try (JobRunner runner = queue.runner(jobs).start()) {
      jdbi.useTransaction(handle -> place(handle, 1));
      jdbi.useTransaction(
          handle -> {
            place(handle, 2);
            handle.rollback(); // neither the order nor its job
          });
      confirmed.await();
    }
    jdbi.useHandle(
        handle ->
            handle
                .createQuery("select 'order ' || id || ', confirmed: ' || confirmed from orders")
                .mapTo(String.class)
                .forEach(System.out::println));
  }

  private void place(Handle handle, int order) {
    handle.execute("insert into orders values (?, false)", order);
    queue.send(handle.getConnection(), CONFIRM.request(new Confirmation(order)));
  }
}
