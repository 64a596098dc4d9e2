package io.jdbcmq.examples.webhooks;

import io.jdbcmq.annotation.Job;
import io.jdbcmq.job.CurrentJob;
import io.jdbcmq.job.OnDeath;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Delivers webhooks. */
final class Webhooks {
  /**
   * One channel for each customer, in strict order: while one delivery is tried again, the later
   * ones to this customer wait, and other customers do not. One that cannot be delivered at all
   * holds its customer's channel until somebody has looked at it.
   *
   * <p>The id tells the customer which deliveries are repetitions: a crash can come after a
   * delivery, and before the database knows of it.
   */
  @Job(
      channel = "webhooks",
      channelArgs = "{customer}",
      ordered = true,
      onDeath = OnDeath.BLOCK,
      retries = 10,
      backoff = "PT0.1S",
      maxBackoff = "PT1H",
      timeout = "PT30S")
  void deliver(CurrentJob job, Webhook webhook, HttpClient http)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(webhook.url()))
            .timeout(Duration.ofSeconds(10))
            .header("Webhook-Id", job.id().toString())
            .POST(HttpRequest.BodyPublishers.ofString(webhook.body()))
            .build();
    int status = http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    if (status / 100 != 2) {
      throw new IOException("the customer's server answered " + status);
    }
  }
}
