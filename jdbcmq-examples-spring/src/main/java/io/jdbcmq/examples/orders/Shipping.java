package io.jdbcmq.examples.orders;

import io.jdbcmq.annotation.Job;
import io.jdbcmq.job.CurrentJob;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Ships orders. */
@Component
class Shipping {
  private final JdbcClient jdbc;

  Shipping(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /** Payload of the job. */
  record Parcel(UUID orderId, String item, int quantity) {}

  /**
   * Hands the parcel to the carrier, who knows the job's id in case that it comes again. What is
   * written here commits together with the end of the job.
   */
  @Job(
      name = "ship-order",
      channel = "shipping",
      uniqueKey = "{orderId}",
      retries = 8,
      maxBackoff = "PT1H",
      transactional = true)
  void ship(CurrentJob job, Parcel parcel, Carrier carrier) throws InterruptedException {
    carrier.pickUp(job.id(), parcel.item(), parcel.quantity());
    jdbc.sql("update orders set state = 'SHIPPED' where id = ?").param(parcel.orderId()).update();
  }
}
