package io.jdbcmq.examples.orders;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.embedded.DatabaseServer;
import io.jdbcmq.embedded.EmbeddedPostgres;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.support.GenericApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The application over HTTP, on a real database. */
class OrdersIT {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final HttpClient http = HttpClient.newHttpClient();
  private final List<App> apps = new ArrayList<>();
  private final String schema =
      "o" + ProcessHandle.current().pid() + "_" + Long.toString(System.nanoTime(), 36);
  private final List<UUID> pickedUp = new CopyOnWriteArrayList<>();
  private final CountDownLatch truckIsHere = new CountDownLatch(1);
  private final CountDownLatch go = new CountDownLatch(1);

  @AfterEach
  void stop() {
    apps.forEach(App::close);
  }

  @Test
  void anOrderIsStoredAndItsJobShipsIt() throws Exception {
    go.countDown();
    App app = start();
    HttpResponse<String> placed = app.post("{\"item\": \"book\", \"quantity\": 2}");
    assertThat(placed.statusCode()).isEqualTo(201);
    assertThat(JSON.readTree(placed.body()).get("state").asString()).isEqualTo("PLACED");
    app.awaitShipped(placed);
    assertThat(pickedUp).hasSize(1);
  }

  @Test
  void anOrderThatFailsLeavesNeitherRowNorJob() throws Exception {
    App app = start("--jdbcmq.runner.enabled=false");
    assertThat(app.post("{\"item\": \"lamp\", \"quantity\": 2}").statusCode()).isEqualTo(409);
    assertThat(app.json("/actuator/jobs").get("channels").isEmpty()).isTrue();
    assertThat(app.post("{\"item\": \"lamp\", \"quantity\": 1}").statusCode()).isEqualTo(201);
    assertThat(app.json("/actuator/jobs").at("/channels/shipping/ready").asInt()).isEqualTo(1);
  }

  @Test
  void badRequestsAreRefused() throws Exception {
    App app = start("--jdbcmq.runner.enabled=false");
    assertThat(app.post("{\"quantity\": 1}").statusCode()).isEqualTo(400);
    assertThat(app.get("/orders/" + UUID.randomUUID()).statusCode()).isEqualTo(404);
  }

  @Test
  void aJobOutlivesTheApplicationThatSentIt() throws Exception {
    go.countDown();
    App sender = start("--jdbcmq.runner.enabled=false");
    HttpResponse<String> placed = sender.post("{\"item\": \"book\", \"quantity\": 1}");
    sender.close();
    start().awaitShipped(placed);
  }

  @Test
  void aHandlerMayEndWhenTheApplicationStops() throws Exception {
    App app = start();
    HttpResponse<String> placed = app.post("{\"item\": \"book\", \"quantity\": 1}");
    assertThat(truckIsHere.await(30, SECONDS)).isTrue();
    CountDownLatch isClosing = new CountDownLatch(1);
    app.context.addApplicationListener((ContextClosedEvent event) -> isClosing.countDown());
    Thread closing = new Thread(app::close);
    closing.start();
    assertThat(isClosing.await(30, SECONDS)).isTrue();
    go.countDown();
    closing.join(SECONDS.toMillis(60));
    App next = start("--jdbcmq.runner.enabled=false");
    assertThat(next.state(placed)).isEqualTo("SHIPPED");
  }

  /** What the interrupted attempt has written is rolled back, and the next one starts again. */
  @Test
  void aHandlerThatTakesTooLongIsRunAgainByTheNextApplication() throws Exception {
    App app = start("--jdbcmq.runner.shutdown-timeout=10ms");
    HttpResponse<String> placed = app.post("{\"item\": \"book\", \"quantity\": 1}");
    assertThat(truckIsHere.await(30, SECONDS)).isTrue();
    app.close();
    App reader = start("--jdbcmq.runner.enabled=false");
    assertThat(reader.state(placed)).isEqualTo("PLACED");
    go.countDown();
    start().awaitShipped(placed);
    assertThat(pickedUp).hasSize(1);
  }

  @Test
  void healthAndMetricsTellOfTheQueue() throws Exception {
    App app = start();
    JsonNode health = app.json("/actuator/health").at("/components/jdbcmq");
    assertThat(health.get("status").asString()).isEqualTo("UP");
    assertThat(health.at("/details/lease").asString()).isEqualTo("alive");
    assertThat(app.json("/actuator/metrics").get("names").toString()).contains("jdbcmq.");
  }

  private App start(String... args) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "--server.port=0",
                "--spring.datasource.url=" + Shared.SERVER.jdbcUrl() + "&currentSchema=" + schema,
                "--spring.datasource.hikari.connection-init-sql=create schema if not exists "
                    + schema,
                "--jdbcmq.schema=q" + schema));
    all.addAll(List.of(args));
    ApplicationContextInitializer<GenericApplicationContext> slowCarrier =
        context ->
            context.registerBean(
                "slowCarrier", Carrier.class, () -> this::pickUp, bean -> bean.setPrimary(true));
    App app =
        new App(
            new SpringApplicationBuilder(OrdersApplication.class)
                .initializers(slowCarrier)
                .run(all.toArray(String[]::new)));
    apps.add(app);
    return app;
  }

  private void pickUp(UUID reference, String item, int quantity) throws InterruptedException {
    truckIsHere.countDown();
    go.await();
    pickedUp.add(reference);
  }

  /** An application, and what a customer sees of it. */
  private final class App implements AutoCloseable {
    private final ConfigurableApplicationContext context;

    private App(ConfigurableApplicationContext context) {
      this.context = context;
    }

    HttpResponse<String> post(String order) throws Exception {
      return send(
          request("/orders")
              .header("Content-Type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofString(order)));
    }

    HttpResponse<String> get(String path) throws Exception {
      return send(request(path));
    }

    JsonNode json(String path) throws Exception {
      return JSON.readTree(get(path).body());
    }

    String state(HttpResponse<String> placed) throws Exception {
      return json(placed.headers().firstValue("Location").orElseThrow()).get("state").asString();
    }

    void awaitShipped(HttpResponse<String> placed) {
      await().atMost(60, SECONDS).until(() -> state(placed).equals("SHIPPED"));
    }

    private HttpRequest.Builder request(String path) {
      String port = context.getEnvironment().getProperty("local.server.port");
      return HttpRequest.newBuilder(URI.create("http://localhost:" + port + path));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
      return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @Override
    public void close() {
      context.close();
    }
  }

  /** Started by the first test, stopped with the JVM. */
  private static final class Shared {
    static final DatabaseServer SERVER =
        DatabaseServer.fromEnvironmentOr(EmbeddedPostgres.builder());
  }
}
