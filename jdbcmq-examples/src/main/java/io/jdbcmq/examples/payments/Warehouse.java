package io.jdbcmq.examples.payments;

import io.jdbcmq.annotation.Job;

/** Ships what has been paid. */
final class Warehouse {
  @Job(channel = "shipments", uniqueKey = "order-{order}")
  void ship(Shipment shipment) {
    System.out.println("order " + shipment.order() + " is shipped");
  }
}
