package io.jdbcmq.examples.orders;

import io.jdbcmq.embedded.EmbeddedPostgres;
import org.springframework.boot.SpringApplication;

/** Starts the application on a PostgreSQL of its own: {@code ./mvnw spring-boot:test-run}. */
final class OrdersOnEmbeddedDatabase {
  private OrdersOnEmbeddedDatabase() {}

  /** Runs until it is stopped. */
  public static void main(String[] args) {
    EmbeddedPostgres server = EmbeddedPostgres.builder().start();
    System.setProperty("spring.datasource.url", server.jdbcUrl());
    SpringApplication.from(OrdersApplication::main).run(args);
  }
}
