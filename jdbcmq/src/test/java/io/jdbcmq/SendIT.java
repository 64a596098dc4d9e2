package io.jdbcmq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.job.CurrentJob;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.JobState;
import io.jdbcmq.job.JobStatus;
import io.jdbcmq.job.PayloadException;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.job.SendResult;
import io.jdbcmq.job.StorageException;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

class SendIT {
  private static final JobRequest NOTE = JobRequest.of("note");

  @RegisterExtension final TestSchema db = new TestSchema();

  @Test
  void aJobArrivesAsItWasSent() {
    JobQueue queue = db.queue();
    Queue<Received> received = new ConcurrentLinkedQueue<>();
    run(queue, job -> received.add(Received.of(job)));
    String json = "{ \"b\": 1.50, \"a\": \"\uD83D\uDC18 \\u00e9\" }";

    SendResult sent =
        queue.send(
            NOTE.channel("email", "tenant-42")
                .json(json)
                .bytes(new byte[] {0, -1, 127})
                .header("trace", "a \"b\", {c}\n")
                .header("empty", ""));

    await().atMost(20, SECONDS).until(() -> !received.isEmpty());
    assertThat(received.element())
        .isEqualTo(
            new Received(
                sent.id(),
                "email/tenant-42",
                json, // byte for byte
                List.of((byte) 0, (byte) -1, (byte) 127),
                Map.of("trace", "a \"b\", {c}\n", "empty", "")));
    assertThat(sent.id().version()).isEqualTo(7);
  }

  /** The driver sends some types by other names when it sends them as text. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aJobWithEverySettingIsSentInWhateverFormat(boolean binary) throws Exception {
    PGSimpleDataSource source = db.direct();
    source.setBinaryTransfer(binary);
    source.setPrepareThreshold(-1); // binary from the first call on, where it is allowed
    JobQueue queue = JobQueue.builder(source).schema(db.name()).build();
    JobRequest request =
        NOTE.channel("c", "a")
            .json("{}")
            .bytes(new byte[] {1})
            .header("k", "v")
            .priority(3)
            .timeout(Duration.ofMinutes(1))
            .retry(
                RetryPolicy.of(3, Duration.ofSeconds(2))
                    .withMaxBackoff(Duration.ofHours(1))
                    .withJitter(0.25));

    queue.send(request);
    queue.send(List.of(request, request));

    String all =
        "(channel_name, channel_args, payload_json::text, payload_bytes, headers, priority,"
            + " timeout_ms, retries, backoff_ms, max_backoff_ms, jitter)";
    assertThat(db.query("select distinct %s from mq_jobs".formatted(all)))
        .containsExactly("(c,a,{},\"\\\\x01\",\"{k,v}\",3,60000,3,2000,3600000,0.25)");
    assertThat(db.count("mq_jobs")).isEqualTo(3);
  }

  @Test
  void aSendInATransactionThatIsRolledBackNeverRuns() throws Exception {
    JobQueue queue = db.queue();
    Queue<UUID> received = new ConcurrentLinkedQueue<>();
    run(queue, job -> received.add(job.id()));
    UUID committed;
    try (Connection connection = db.pool().getConnection()) {
      connection.setAutoCommit(false);
      UUID rolledBack = queue.send(connection, NOTE).id();
      assertThat(queue.exists(connection, rolledBack)).isTrue();
      assertThat(queue.exists(rolledBack)).isFalse();
      connection.rollback();
      committed = queue.send(connection, NOTE).id();
      connection.commit();
      connection.setAutoCommit(true);
    }
    await().atMost(20, SECONDS).until(() -> db.count("mq_jobs") == 0);
    assertThat(received).containsExactly(committed);
  }

  @Test
  void aDuplicateIsAResultAndLeavesTheTransactionUsable() throws Exception {
    JobQueue queue = db.queue();
    UUID id = UUID.randomUUID();
    UUID other = UUID.randomUUID();
    assertThat(queue.send(NOTE.id(id))).isEqualTo(new SendResult.Sent(id));
    try (Connection connection = db.pool().getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      assertThat(
              queue.send(
                  connection,
                  List.of(NOTE.id(other), NOTE.id(id), NOTE.id(other).channel("late"), NOTE)))
          .satisfiesExactly(
              first -> assertThat(first).isEqualTo(new SendResult.Sent(other)),
              second -> assertThat(second).isEqualTo(new SendResult.Duplicate(id)),
              third -> assertThat(third).isEqualTo(new SendResult.Duplicate(other)),
              fourth -> assertThat(fourth).isInstanceOf(SendResult.Sent.class));
      statement.execute("select 1");
      connection.commit();
      connection.setAutoCommit(true);
    }
    assertThat(db.count("mq_jobs")).isEqualTo(3);
    assertThat(db.query("select distinct channel_name from mq_ready")).containsExactly("default");
  }

  /** What docs/explanation/promises.md warns of. */
  @Test
  void theIdOfACompletedJobIsFreeAgainUnlessItsHandlerKeepsIt() throws Exception {
    JobQueue queue = db.queue();
    db.execute("create table done (job_id uuid primary key)");
    AtomicInteger runs = new AtomicInteger();
    JobRegistry jobs =
        JobRegistry.builder()
            .handleInTransaction(
                "note",
                (job, connection) -> {
                  runs.incrementAndGet();
                  try (PreparedStatement insert =
                      connection.prepareStatement(
                          "insert into %s.done values (?) on conflict do nothing"
                              .formatted(db.name()))) {
                    insert.setObject(1, job.id());
                    insert.executeUpdate();
                  }
                })
            .build();
    db.closing(queue.runner(jobs).start());
    UUID id = UUID.randomUUID();
    for (int i = 1; i <= 2; i++) {
      assertThat(queue.send(JobRequest.of("note").id(id))).isEqualTo(new SendResult.Sent(id));
      int sent = i;
      await().atMost(20, SECONDS).until(() -> runs.get() == sent && db.count("mq_jobs") == 0);
      assertThat(queue.exists(id)).isFalse();
    }
    assertThat(db.query("select job_id from done")).containsExactly(id.toString());
  }

  @Test
  void whatCannotBeStoredIsRefusedBeforeAnythingIsWritten() throws Exception {
    JobQueue queue = db.queue();
    try (Connection connection = db.pool().getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      for (String bad :
          List.of("{\"a\":\"\\u0000\"}", "not json", "{\"a\":\"\uD800\"}", "1e99999", "")) {
        assertThatThrownBy(() -> queue.send(connection, List.of(NOTE, NOTE.json(bad))))
            .isInstanceOf(PayloadException.class);
      }
      String largest = "\"" + "x".repeat((1 << 20) - 2) + "\"";
      assertThatThrownBy(() -> queue.send(connection, NOTE.json(largest.replaceFirst("x", "xx"))))
          .isInstanceOf(PayloadException.class)
          .hasMessageContaining("1048576");
      statement.execute("select 1"); // the transaction is as it was
      assertThat(queue.send(connection, NOTE.json(largest).bytes(new byte[1 << 20])))
          .isInstanceOf(SendResult.Sent.class);
      connection.commit();
      connection.setAutoCommit(true);
    }
    Queue<Integer> lengths = new ConcurrentLinkedQueue<>();
    run(
        queue,
        job -> lengths.add(job.json().orElseThrow().length() + job.bytes().orElseThrow().length));
    await().atMost(20, SECONDS).until(() -> lengths.contains(2 << 20));
  }

  @Test
  void withoutACodecAPayloadObjectIsRefusedWithAHint() {
    assertThatThrownBy(() -> db.queue().send(NOTE.payload(List.of())))
        .isInstanceOf(PayloadException.class)
        .hasMessageContaining("io.jdbcmq:jdbcmq-jackson3");
  }

  @Test
  void extremeDelaysAndBackoffsWork() throws Exception {
    JobQueue queue = db.queue();
    RetryPolicy slow = new RetryPolicy(10_000, Duration.ofDays(24), Duration.ofDays(36_500), 1);
    UUID delayed = queue.send(NOTE.delay(Duration.ofDays(36_500))).id();
    UUID dated = queue.send(NOTE.runAt(Instant.parse("9999-12-31T23:59:59Z"))).id();
    UUID failing = queue.send(NOTE.retry(slow).priority(-32_768)).id();
    run(
        queue,
        job -> {
          throw new IllegalStateException();
        });
    await()
        .atMost(20, SECONDS)
        .until(() -> queue.find(failing).orElseThrow().state() == JobState.DELAYED);
    assertThat(queue.find(failing).orElseThrow().nextAttemptAt().orElseThrow())
        .isBefore(Instant.now().plus(Duration.ofDays(49)));
    assertThat(queue.find(delayed).map(JobStatus::state)).contains(JobState.DELAYED);
    assertThat(queue.find(dated).orElseThrow().nextAttemptAt())
        .contains(Instant.parse("9999-12-31T23:59:59Z"));
  }

  @Test
  void delayedJobsRunWhenTheirTimeHasComeAndNotBefore() throws Exception {
    JobQueue queue = db.queue();
    Queue<String> received = new ConcurrentLinkedQueue<>();
    run(queue, job -> received.add(job.json().orElseThrow()));
    queue.send(
        List.of(
            NOTE.json("3").delay(Duration.ofMillis(900)),
            NOTE.json("1"),
            NOTE.json("2").delay(Duration.ofMillis(300)),
            NOTE.json("0").runAt(Instant.EPOCH)));
    await().atMost(20, SECONDS).until(() -> received.size() == 4);
    assertThat(List.copyOf(received).subList(2, 4)).containsExactly("2", "3");
  }

  @Test
  void clearDeletesTheLiveJobsOfItsChannelsOnly() throws Exception {
    JobQueue queue = db.queue();
    queue.send(
        IntStream.range(0, 30)
            .mapToObj(
                i ->
                    NOTE.channel("c" + i % 3, "args " + i)
                        .delay(i % 2 == 0 ? Duration.ZERO : Duration.ofHours(1)))
            .toList());
    assertThat(queue.clear(List.of("c0", "c1", "none"))).isEqualTo(20);
    assertThat(db.query("select distinct channel_name from mq_jobs")).containsExactly("c2");
    assertThat(db.count("mq_ready")).isEqualTo(5);
    assertThat(db.count("mq_delayed")).isEqualTo(5);
    try (Connection connection = db.pool().getConnection()) {
      connection.setAutoCommit(false);
      assertThat(queue.clearAll(connection)).isEqualTo(10);
      connection.rollback();
      assertThat(queue.clearAll(connection)).isEqualTo(10);
      connection.commit();
      connection.setAutoCommit(true);
    }
    assertThat(db.count("mq_jobs")).isZero();
  }

  @Test
  void emptyAndOversizedListsAreAnswered() {
    JobQueue queue = db.queue();
    assertThat(queue.send(List.of())).isEmpty();
    List<JobRequest> tooMany = java.util.Collections.nCopies(100_001, NOTE);
    assertThatThrownBy(() -> queue.send(tooMany))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("100000");
  }

  @Test
  void aRefusalOfTheDatabaseDoesNotQuoteThePayload() throws Exception {
    db.execute(
        "alter table mq_jobs add constraint no_secrets check (payload_json::text not like '%tell%')");
    assertThatThrownBy(() -> db.queue().send(NOTE.json("\"do not tell: s3cret\"")))
        .isInstanceOf(StorageException.class)
        .satisfies(
            e -> {
              for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                assertThat(cause.toString()).doesNotContain("s3cret");
              }
            });
  }

  private void run(JobQueue queue, io.jdbcmq.job.JobHandler handler) {
    db.closing(queue.runner(JobRegistry.builder().handle("note", handler).build()).start());
  }

  private record Received(
      UUID id, String channel, String json, List<Byte> bytes, Map<String, String> headers) {
    static Received of(CurrentJob job) {
      byte[] array = job.bytes().orElseThrow();
      return new Received(
          job.id(),
          job.channel().name() + "/" + job.channel().args(),
          job.json().orElseThrow(),
          IntStream.range(0, array.length).mapToObj(i -> array[i]).toList(),
          job.headers());
    }
  }
}
