package io.jdbcmq.examples.orders;

import io.jdbcmq.JobQueue;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Places orders. */
@Service
class OrderService {
  private final JdbcClient jdbc;
  private final JobQueue queue;

  OrderService(JdbcClient jdbc, JobQueue queue) {
    this.jdbc = jdbc;
    this.queue = queue;
  }

  /** Stores the order, sends the job that ships it, and takes it from the stock: all or nothing. */
  @Transactional
  Order place(String item, int quantity) {
    Order order = new Order(UUID.randomUUID(), item, quantity, "PLACED");
    jdbc.sql("insert into orders (id, item, quantity, state) values (?, ?, ?, ?)")
        .params(order.id(), order.item(), order.quantity(), order.state())
        .update();
    queue.send(ShippingJobs.ship(new Shipping.Parcel(order.id(), item, quantity)));
    int taken =
        jdbc.sql("update stock set available = available - ? where item = ? and available >= ?")
            .params(quantity, item, quantity)
            .update();
    if (taken == 0) {
      throw new OutOfStockException(item);
    }
    return order;
  }

  Optional<Order> find(UUID id) {
    return jdbc.sql("select id, item, quantity, state from orders where id = ?")
        .param(id)
        .query(Order.class)
        .optional();
  }
}
