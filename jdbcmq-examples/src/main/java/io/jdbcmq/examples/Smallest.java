package io.jdbcmq.examples;

import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.JobRunner;
import io.jdbcmq.embedded.EmbeddedPostgres;
import io.jdbcmq.job.JobType;
import java.sql.Connection;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.postgresql.ds.PGSimpleDataSource;

/** Sends two greetings and prints them when they are run. */
public final class Smallest {
  /** Payload of a job. */
  record Greeting(String text) {}

  static final JobType<Greeting> GREET = JobType.of("greet", Greeting.class);

  /** Runs it, on a PostgreSQL that is started here. */
  @SuppressWarnings("try") // the runner works in the background until it is closed
  public static void main(String[] args) throws Exception {
    try (EmbeddedPostgres server = EmbeddedPostgres.builder().start()) {
      PGSimpleDataSource dataSource = new PGSimpleDataSource();
      dataSource.setUrl(server.jdbcUrl());

      JobQueue queue = JobQueue.create(dataSource);
      queue.migrate();

      CountDownLatch greetings = new CountDownLatch(2);
      JobRegistry jobs =
          JobRegistry.builder()
              .handle(
                  GREET,
                  (job, greeting) -> {
                    System.out.println(greeting.text());
                    greetings.countDown();
                  })
              .build();

      try (JobRunner runner = queue.runner(jobs).start();
          Connection connection = dataSource.getConnection()) {
        queue.send(GREET.request(new Greeting("Hello from a transaction of its own")));

        connection.setAutoCommit(false);
        queue.send(
            connection,
            GREET
                .request(new Greeting("Hello from your transaction, a second later"))
                .delay(Duration.ofSeconds(1)));
        connection.commit();

        greetings.await();
      }
    }
  }
}
