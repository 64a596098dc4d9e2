package io.jdbcmq.examples.orders;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Takes orders over HTTP, and ships them. */
@SpringBootApplication
public class OrdersApplication {
  /** Starts it; it needs {@code spring.datasource.url}. */
  public static void main(String[] args) {
    SpringApplication.run(OrdersApplication.class, args);
  }
}
