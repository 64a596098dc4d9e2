package io.jdbcmq;

import static io.jdbcmq.Jobs.awaitGone;
import static io.jdbcmq.Jobs.awaitState;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.jdbcmq.job.CancelResult;
import io.jdbcmq.job.Checkpoint;
import io.jdbcmq.job.GiveUpException;
import io.jdbcmq.job.JobHandler;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.JobState;
import io.jdbcmq.job.LeaseLostException;
import io.jdbcmq.job.PayloadException;
import io.jdbcmq.job.PayloadType;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.job.SendResult;
import io.jdbcmq.job.StorageException;
import io.jdbcmq.spi.JobEvent;
import io.jdbcmq.spi.PayloadCodec;
import io.jdbcmq.testing.LogCapture;
import io.jdbcmq.testing.TestSchema;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Secrets go down every way on which something fails, and appear nowhere but where they belong:
 * neither in what is logged, nor in what the library throws, nor in what the server shows of its
 * sessions.
 *
 * <p>What a handler throws belongs to the job and to the application's own listeners; at DEBUG it
 * is logged as well.
 */
class CanaryIT {
  private static final String CANARY = "kanarienvogel";
  private static final String FROM_HANDLER = "wellensittich";
  private static final String PASSWORD = CANARY + "-password";
  private static final RetryPolicy ONCE = RetryPolicy.never();

  @RegisterExtension final TestSchema db = new TestSchema();

  private final LogCapture log = new LogCapture();
  private final Queue<JobEvent> events = new ConcurrentLinkedQueue<>();
  private final List<Throwable> thrown = new ArrayList<>();
  private JobQueue queue;
  private JobQueue sender;

  @BeforeEach
  void prepare() {
    sender = db.queue();
    queue =
        JobQueue.builder(db.pool())
            .direct(db.direct())
            .schema(db.name())
            .codec(new LeakyCodec())
            .listener(events::add)
            .listener(CanaryIT::failWithTheErrorOfTheHandler)
            .build();
  }

  @AfterEach
  void search() {
    log.close();
    for (String written : log.written(Level.INFO)) {
      assertThat(written).doesNotContain(CANARY).doesNotContain(FROM_HANDLER);
    }
    for (String written : log.writtenWithoutExceptionsAtDebug()) {
      assertThat(written).doesNotContain(CANARY).doesNotContain(FROM_HANDLER);
    }
    for (JobEvent event : events) {
      assertThat(event.toString()).doesNotContain(CANARY).doesNotContain(FROM_HANDLER);
    }
    for (Throwable each : thrown) {
      StringWriter text = new StringWriter();
      each.printStackTrace(new PrintWriter(text, true));
      assertThat(text.toString()).doesNotContain(CANARY);
    }
    assertThat(Thread.getAllStackTraces().keySet())
        .allSatisfy(thread -> assertThat(thread.getName()).doesNotContain(CANARY));
  }

  // What handlers do.

  @Test
  void aHandlerThatThrows() {
    run(
        job -> {
          throw new IllegalStateException(FROM_HANDLER, new SQLException(FROM_HANDLER));
        });
    UUID id = queue.send(job().retry(ONCE)).id();
    assertThat(awaitState(sender, id, JobState.DEAD).failedAttempts().get(0).error())
        .as("the way has been gone")
        .contains(FROM_HANDLER);
    assertThat(log.written(Level.DEBUG))
        .as("the log is searched, and has it at DEBUG only")
        .anyMatch(line -> line.contains(FROM_HANDLER));
    assertThat(sender.find(id).orElseThrow().toString()).doesNotContain(FROM_HANDLER, CANARY);
    assertThat(sender.deadLetters().list(1).get(0).toString()).doesNotContain(FROM_HANDLER, CANARY);
  }

  @Test
  void aTransactionalHandlerThatThrowsWhatTheServerSaid() throws Exception {
    db.execute("create table effects (secret text primary key)");
    JobRegistry jobs =
        JobRegistry.builder()
            .handleInTransaction(
                Jobs.NAME,
                (job, connection) -> {
                  String insert = "insert into %s.effects values ('%s')";
                  execute(connection, insert.formatted(db.name(), FROM_HANDLER));
                  execute(connection, insert.formatted(db.name(), FROM_HANDLER));
                })
            .onError(
                (attempt, error) -> {
                  throw new IllegalStateException("listener: " + error.getMessage(), error);
                })
            .build();
    db.closing(queue.runner(jobs).start());
    UUID id = queue.send(job().retry(ONCE)).id();
    assertThat(awaitState(sender, id, JobState.DEAD).failedAttempts().get(0).error())
        .contains(FROM_HANDLER);
  }

  @Test
  void aHandlerThatGivesUpOrSnoozesOrTakesTooLong() {
    run(
        job -> {
          switch (job.json().orElseThrow()) {
            case "1" -> job.giveUp(FROM_HANDLER);
            case "2" -> throw new GiveUpException(FROM_HANDLER, new Exception(FROM_HANDLER));
            case "3" -> job.snooze(Duration.ofHours(1));
            default -> {
              try {
                Jobs.hang();
              } catch (InterruptedException e) {
                throw new IllegalStateException(FROM_HANDLER, e);
              }
            }
          }
        });
    UUID first = queue.send(job().json("1")).id();
    UUID second = queue.send(job().json("2")).id();
    UUID third = queue.send(job().json("3")).id();
    UUID fourth = queue.send(job().retry(ONCE).timeout(Duration.ofMillis(50))).id();
    awaitState(sender, first, JobState.DEAD);
    awaitState(sender, second, JobState.DEAD);
    awaitState(sender, third, JobState.DELAYED);
    awaitState(sender, fourth, JobState.DEAD);
  }

  @Test
  void aPayloadThatCannotBeDecoded() {
    JobRegistry jobs =
        JobRegistry.builder()
            .handle(Jobs.NAME, job -> job.payload(PayloadType.of(Integer.class)))
            .build();
    db.closing(queue.runner(jobs).start());
    UUID id = queue.send(job().retry(ONCE)).id();
    assertThat(awaitState(sender, id, JobState.DEAD).failedAttempts().get(0).error())
        .as("the way has been gone")
        .contains(FROM_HANDLER);
  }

  @Test
  void aJobWithoutHandler() {
    run(job -> {});
    UUID id = queue.send(job("other")).id();
    await().atMost(30, SECONDS).until(() -> sender.unknownJobs().containsKey("other"));
    assertThat(sender.find(id).orElseThrow().toString()).doesNotContain(CANARY);
  }

  @Test
  void aCheckpointThatCannotBeSaved() {
    CountDownLatch tried = new CountDownLatch(1);
    run(
        job -> {
          thrown.add(catchThrowable(() -> job.checkpoint(Checkpoint.json("{" + CANARY))));
          thrown.add(
              catchThrowable(
                  () -> job.checkpoint(Checkpoint.json("\"" + CANARY + "x".repeat(1 << 20)))));
          db.execute(
              "alter table mq_jobs add constraint no_secrets check (payload_json::text <> '[1]')");
          thrown.add(
              catchThrowable(
                  () ->
                      job.checkpoint(
                          Checkpoint.json("[1]")
                              .withBytes(CANARY.getBytes(StandardCharsets.UTF_8)))));
          tried.countDown();
        });
    UUID id = queue.send(job()).id();
    awaitGone(sender, id);
    assertThat(tried.getCount()).isZero();
    assertThat(thrown)
        .hasSize(3)
        .hasExactlyElementsOfTypes(
            PayloadException.class, PayloadException.class, StorageException.class);
  }

  // What happens to runs.

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aRunThatIsCancelledOrHasLostItsLease(boolean lost) throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    run(
        job -> {
          started.countDown();
          try {
            Jobs.hang();
          } catch (InterruptedException e) {
            thrown.add(catchThrowable(() -> job.checkpoint(Checkpoint.json("1"))));
            throw new IllegalStateException(FROM_HANDLER);
          } finally {
            ended.countDown();
          }
        });
    UUID id = queue.send(job().retry(ONCE)).id();
    assertThat(started.await(20, SECONDS)).isTrue();
    if (lost) {
      db.execute("update mq_runners set lease_ends_at = '2000-01-01'");
      db.execute("select * from mq_rescue_v1(10)");
    } else {
      assertThat(sender.cancel(id)).isEqualTo(CancelResult.WAS_RUNNING);
    }
    assertThat(ended.await(30, SECONDS)).isTrue();
    assertThat(thrown).hasOnlyElementsOfType(LeaseLostException.class).hasSize(1);
  }

  /** The server's detail quotes the row. */
  @Test
  void anErrorThatCannotBeStored() throws Exception {
    db.execute(
        "alter table mq_errors add constraint no_secrets check (error not like '%"
            + FROM_HANDLER
            + "%')");
    run(
        job -> {
          throw new IllegalStateException(FROM_HANDLER);
        });
    queue.send(job().retry(ONCE));
    await()
        .atMost(30, SECONDS)
        .until(
            () ->
                log.written(Level.ERROR).stream()
                    .anyMatch(line -> line.contains("cannot be stored")));
    sender.clearAll();
  }

  // What is sent.

  @Test
  void aRowThatTheServerRefuses() throws Exception {
    db.execute(
        "alter table mq_jobs add constraint no_secrets check (payload_json::text not like '%"
            + CANARY
            + "%')");
    thrown.add(catchThrowable(() -> queue.send(job())));
    thrown.add(catchThrowable(() -> queue.send(List.of(job(), job("other").ordered()))));
    thrown.add(catchThrowable(() -> queue.reserve(job(), Duration.ofMinutes(1))));
    try (Connection connection = db.direct().getConnection()) {
      connection.setAutoCommit(false);
      thrown.add(catchThrowable(() -> queue.send(connection, job().id(UUID.randomUUID()))));
    }
    assertThat(thrown).hasSize(4).hasOnlyElementsOfType(StorageException.class);
  }

  @Test
  void aPayloadThatCannotBeStored() {
    for (String json :
        List.of(
            "{\"" + CANARY + "\": tru}",
            "\"" + CANARY + "\\u0000\"",
            "\"" + CANARY,
            "[\"" + CANARY + "\"" + "]".repeat(3),
            "\"" + CANARY + "\\ud800\"",
            CANARY,
            "[".repeat(100_000) + CANARY)) {
      thrown.add(catchThrowable(() -> queue.send(job().json(json))));
    }
    assertThat(thrown).hasSize(7).hasOnlyElementsOfType(PayloadException.class);
    thrown.add(catchThrowable(() -> job().header("k", CANARY + "\0")));
    thrown.add(catchThrowable(() -> job().header(CANARY + "\ud800", "v")));
    thrown.add(catchThrowable(() -> job().header("k", CANARY.repeat(10_000))));
    thrown.add(catchThrowable(() -> job().uniqueKey(CANARY.repeat(1_000))));
    thrown.add(catchThrowable(() -> job().uniqueKey(CANARY + "\0")));
    assertThat(thrown.subList(7, 12)).hasOnlyElementsOfType(IllegalArgumentException.class);
  }

  @Test
  void aDuplicate() {
    UUID id = UUID.randomUUID();
    JobRequest request = job().id(id).uniqueKey(CANARY);
    queue.send(request);
    List<SendResult> results = queue.send(List.of(request, job().uniqueKey(CANARY)));
    assertThat(results).hasOnlyElementsOfType(SendResult.Duplicate.class);
    assertThat(results.toString()).doesNotContain(CANARY);
    assertThat(queue.reserve(request, Duration.ofMinutes(1)).toString()).doesNotContain(CANARY);
  }

  /** One that waits for a lock, cancelled by its timeout; meanwhile everybody can look at it. */
  @Test
  void aStatementThatIsCancelled() throws Exception {
    PGSimpleDataSource source = db.direct();
    source.setOptions("-c statement_timeout=2s");
    source.setApplicationName("canary-sender");
    JobQueue hurried = JobQueue.builder(source).schema(db.name()).build();
    Connection holder = db.session();
    holder.setAutoCommit(false);
    execute(holder, "select from mq_stripes for update");

    CompletableFuture<Throwable> sent =
        CompletableFuture.supplyAsync(
            () -> catchThrowable(() -> hurried.send(job().ordered().uniqueKey(CANARY))));
    List<String> queries =
        await()
            .atMost(20, SECONDS)
            .until(
                () ->
                    db.query(
                        "select query from pg_stat_activity where application_name ="
                            + " 'canary-sender' and wait_event_type = 'Lock'"),
                found -> !found.isEmpty());
    Throwable cancelled = sent.get(20, SECONDS);
    holder.rollback();

    assertThat(queries)
        .allSatisfy(text -> assertThat(text).contains("mq_send").doesNotContain(CANARY));
    assertThat(cancelled).isInstanceOf(StorageException.class);
    thrown.add(cancelled);
  }

  // How the database is reached.

  @Test
  void aServerThatCannotBeReached() {
    for (JobQueue unreachable : List.of(unreachable(false), unreachable(true))) {
      thrown.add(catchThrowable(() -> unreachable.send(job())));
      thrown.add(catchThrowable(() -> unreachable.find(UUID.randomUUID())));
      thrown.add(catchThrowable(unreachable::migrate));
      thrown.add(catchThrowable(() -> unreachable.runner(Jobs.handledBy(job -> {})).start()));
    }
    assertThat(thrown).hasSize(8).doesNotContainNull();
  }

  /** A poisonous row, put there by somebody else, does not get its content into the log. */
  @Test
  void aRowThatIsOddAndIsRescued() throws Exception {
    db.execute(
        """
        select * from mq_send('job', ('{"secret": "%1$s", "n": ' || repeat('[', 900) || repeat(']', 900) || '}')::json,
          p_headers => '{"k": "%1$s"}')
        """
            .formatted(CANARY));
    CountDownLatch run = new CountDownLatch(1);
    run(job -> run.countDown());
    assertThat(run.await(20, SECONDS)).isTrue();
  }

  private JobQueue unreachable(boolean byUrl) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    String url = "jdbc:postgresql://127.0.0.1:1/db?user=me&connectTimeout=2";
    source.setUrl(byUrl ? url + "&password=" + PASSWORD : url);
    if (!byUrl) {
      source.setPassword(PASSWORD);
    }
    return JobQueue.builder(source).schema(db.name()).build();
  }

  private static JobRequest job() {
    return job(Jobs.NAME);
  }

  private static JobRequest job(String name) {
    return JobRequest.of(name)
        .json("{\"" + CANARY + "\": \"" + CANARY + "\"}")
        .bytes(CANARY.getBytes(StandardCharsets.UTF_8))
        .header("secret", CANARY)
        .header(CANARY, "header");
  }

  private void run(JobHandler handler) {
    db.closing(queue.runner(Jobs.handledBy(handler)).lease(Duration.ofSeconds(5)).start());
  }

  private static void failWithTheErrorOfTheHandler(JobEvent event) {
    if (event instanceof JobEvent.Ended ended && ended.error().isPresent()) {
      throw new IllegalStateException(ended.error().get().getMessage(), ended.error().get());
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Somebody's codec, which tells everything. */
  private static final class LeakyCodec implements PayloadCodec {
    @Override
    public String encode(Object payload) {
      return "\"" + payload + "\"";
    }

    @Override
    public <T> T decode(String json, PayloadType<T> type) {
      throw new IllegalArgumentException(FROM_HANDLER);
    }
  }
}
