package io.jdbcmq.examples.webhooks;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.JobRunner;
import io.jdbcmq.embedded.EmbeddedPostgres;
import io.jdbcmq.job.JobRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/**
 * Tells three customers of five steps of an order each. Their server refuses every third call, and
 * still each of them hears of all steps in their order.
 */
public final class OrderedWebhooks {
  private static final List<String> STEPS =
      List.of("placed", "paid", "packed", "shipped", "delivered");
  private static final List<String> CUSTOMERS = List.of("anna", "ben", "cleo");

  private final Map<String, List<String>> heard = new ConcurrentHashMap<>();
  private final CountDownLatch open = new CountDownLatch(STEPS.size() * CUSTOMERS.size());
  private int calls;

  private OrderedWebhooks() {}

  /** Runs it, on a PostgreSQL and a web server that are started here. */
  @SuppressWarnings("try") // the runner works in the background until it is closed
  public static void main(String[] args) throws Exception {
    OrderedWebhooks example = new OrderedWebhooks();
    HttpServer customers =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    customers.createContext("/", example::answer);
    customers.start();
    HikariConfig pool = new HikariConfig();
    try (EmbeddedPostgres server = EmbeddedPostgres.builder().start()) {
      pool.setJdbcUrl(server.jdbcUrl());
      try (HikariDataSource dataSource = new HikariDataSource(pool)) {
        JobQueue queue = JobQueue.create(dataSource);
        queue.migrate();
        JobRegistry jobs =
            JobRegistry.builder()
                .bind(WebhooksJobs.bindings(new Webhooks()))
                .context(HttpClient.class, HttpClient.newHttpClient())
                .build();
        queue.send(requests("http://127.0.0.1:" + customers.getAddress().getPort()));
        try (JobRunner runner = queue.runner(jobs).start()) {
          example.open.await();
        }
      }
    } finally {
      customers.stop(0);
    }
    new TreeMap<>(example.heard)
        .forEach((customer, steps) -> System.out.println(customer + ": " + steps));
  }

  private static List<JobRequest> requests(String url) {
    List<JobRequest> requests = new ArrayList<>();
    for (String step : STEPS) {
      for (String customer : CUSTOMERS) {
        requests.add(WebhooksJobs.deliver(new Webhook(customer, url + "/" + customer, step)));
      }
    }
    return requests;
  }

  /** The customers' server. */
  private synchronized void answer(HttpExchange exchange) throws IOException {
    String customer = exchange.getRequestURI().getPath().substring(1);
    String step = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    calls++;
    boolean refused = calls % 3 == 0;
    if (!refused) {
      heard.computeIfAbsent(customer, unused -> new ArrayList<>()).add(step);
    }
    exchange.sendResponseHeaders(refused ? 503 : 204, -1);
    exchange.close();
    if (!refused) {
      open.countDown();
    }
  }
}
