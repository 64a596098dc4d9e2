package io.jdbcmq.examples.payments;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRunner;
import io.jdbcmq.embedded.EmbeddedPostgres;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * Charges a card, and ships if that has worked. The bank takes no part in the transaction of the
 * database: so the shipment is reserved before, which proves that it can be stored, and committed
 * after. A process that dies in between ships nothing.
 */
public final class TwoPhaseSend {
  private static final Duration RESERVATION = Duration.ofSeconds(2);

  private TwoPhaseSend() {}

  /** Runs it, on a PostgreSQL that is started here. */
  @SuppressWarnings("try") // the runner works in the background until it is closed
  public static void main(String[] args) throws Exception {
    HikariConfig pool = new HikariConfig();
    try (EmbeddedPostgres server = EmbeddedPostgres.builder().start()) {
      pool.setJdbcUrl(server.jdbcUrl());
      try (HikariDataSource dataSource = new HikariDataSource(pool)) {
        JobQueue queue = JobQueue.create(dataSource);
        queue.migrate();
        try (JobRunner runner = queue.runner(WarehouseJobs.register(new Warehouse())).start()) {
          UUID paid = reserve(queue, 1);
          if (charge(1) && queue.commit(paid)) {
            await(queue, paid);
          }

          UUID refused = reserve(queue, 2);
          if (!charge(2)) {
            System.out.println("order 2 is cancelled: " + queue.cancel(refused).isCancelled());
          }

          UUID forgotten = reserve(queue, 3);
          System.out.println("the process dies before order 3 is charged");
          await(queue, forgotten);
          System.out.println(
              queue.commit(forgotten) ? "too late is still in time" : "order 3 has expired");
        }
      }
    }
  }

  private static UUID reserve(JobQueue queue, int order) {
    return queue.reserve(WarehouseJobs.ship(new Shipment(order)), RESERVATION).id();
  }

  /** The bank: refuses even orders. */
  private static boolean charge(int order) {
    boolean paid = order % 2 == 1;
    System.out.println("order " + order + (paid ? " is paid" : " is refused by the bank"));
    return paid;
  }

  private static void await(JobQueue queue, UUID id) throws InterruptedException {
    while (queue.exists(id)) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }
}
