package io.jdbcmq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.job.CurrentJob;
import io.jdbcmq.job.FailedAttempt;
import io.jdbcmq.job.JobHandler;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.JobState;
import io.jdbcmq.job.JobStatus;
import io.jdbcmq.job.JobType;
import io.jdbcmq.job.OnDeath;
import io.jdbcmq.job.PayloadType;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.job.SendResult;
import io.jdbcmq.spi.PayloadCodec;
import io.jdbcmq.testing.Calls;
import io.jdbcmq.testing.TestClock;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What sqlxmq's own tests show of sqlxmq, shown of jdbcmq: a first look at each feature. */
class FirstFeaturesIT {
  @RegisterExtension final TestSchema db = new TestSchema();

  @Test
  void aJobThatIsSentRuns() throws Exception {
    CountDownLatch ran = new CountDownLatch(1);
    run(db.queue(), "example", job -> ran.countDown());

    db.queue().send(JobRequest.of("example"));

    assertThat(ran.await(20, SECONDS)).isTrue();
  }

  @Test
  void clearedJobsNeverRun() throws Exception {
    JobQueue queue = db.queue();
    for (String group : List.of("foo", "bar", "baz")) {
      for (String args : List.of("one", "two")) {
        queue.send(JobRequest.of("example").channel(group, args));
      }
    }
    assertThat(queue.clear(List.of("foo", "baz"))).isEqualTo(4);
    Queue<String> ran = new ConcurrentLinkedQueue<>();
    run(queue, "example", job -> ran.add(job.channel().name() + " " + job.channel().args()));
    await().atMost(20, SECONDS).until(() -> db.count("mq_jobs") == 0);
    assertThat(ran).containsExactlyInAnyOrder("bar one", "bar two");

    queue.send(JobRequest.of("example").channel("bar").delay(Duration.ofHours(1)));
    assertThat(queue.clearAll()).isEqualTo(1);
  }

  @Test
  void orderedJobsRunOneAfterTheOther() throws Exception {
    JobQueue queue = db.queue();
    List<CountDownLatch> go = List.of(new CountDownLatch(1), new CountDownLatch(1));
    Queue<Integer> started = new ConcurrentLinkedQueue<>();
    run(
        queue,
        "example",
        job -> {
          int number = Integer.parseInt(job.json().orElseThrow());
          started.add(number);
          go.get(number).await();
        });
    JobRequest request = JobRequest.of("example").ordered();
    UUID first = queue.send(request.json("0")).id();
    UUID second = queue.send(request.json("1")).id();

    await().atMost(20, SECONDS).until(() -> started.size() == 1);
    await().atMost(20, SECONDS).until(() -> state(queue, second) == JobState.PARKED);
    go.get(0).countDown();
    await().atMost(20, SECONDS).until(() -> started.size() == 2);
    assertThat(queue.exists(first)).isFalse();
    go.get(1).countDown();
    await().atMost(20, SECONDS).until(() -> !queue.exists(second));
    assertThat(started).containsExactly(0, 1);
  }

  @Test
  void jobsThatAreNotOrderedRunAtTheSameTime() {
    JobQueue queue = db.queue();
    CyclicBarrier allTen = new CyclicBarrier(10);
    Queue<Integer> passed = new ConcurrentLinkedQueue<>();
    run(queue, "example", job -> passed.add(allTen.await(20, SECONDS)));

    queue.send(Collections.nCopies(10, JobRequest.of("example")));

    await().atMost(20, SECONDS).until(() -> passed.size() == 10);
  }

  @Test
  void aJobOfATwoPhaseSendWaitsForItsCommitAndIsDroppedWithoutOne() throws Exception {
    TestClock clock = new TestClock(db);
    JobQueue queue = db.queue();
    Queue<UUID> ran = new ConcurrentLinkedQueue<>();
    run(queue, "example", job -> ran.add(job.id()));
    Duration minute = Duration.ofMinutes(1);
    UUID committed = queue.reserve(JobRequest.of("example"), minute).id();
    UUID forgotten = queue.reserve(JobRequest.of("example"), minute).id();

    assertThat(queue.commit(committed)).isTrue();
    await().atMost(20, SECONDS).until(() -> ran.contains(committed));
    clock.advance(minute);

    await().atMost(20, SECONDS).until(() -> !queue.exists(forgotten));
    assertThat(ran).containsExactly(committed);
  }

  @Test
  void aFailingJobIsTriedAgainAfterDelaysThatDouble() throws Exception {
    TestClock clock = new TestClock(db);
    JobQueue queue = db.queue();
    Calls calls = new Calls(db.schema());
    RetryPolicy policy = RetryPolicy.of(3, Duration.ofSeconds(10));
    UUID id = queue.send(JobRequest.of("example").retry(policy)).id();
    List<Duration> delays = new ArrayList<>();
    try (Connection connection = db.session()) {
      for (int attempt = 1; attempt <= 4; attempt++) {
        calls.fail(connection, calls.claim(connection, calls.runner(connection), 1).get(0));
        JobStatus status = queue.find(id).orElseThrow();
        Instant failedAt = lastOf(status.failedAttempts()).failedAt();
        status.nextAttemptAt().ifPresent(at -> delays.add(Duration.between(failedAt, at)));
        clock.advance(Duration.ofSeconds(41));
      }
    }

    assertThat(delays).extracting(Duration::toSeconds).containsExactly(10L, 20L, 40L);
    assertThat(state(queue, id)).isEqualTo(JobState.DEAD);
    assertThat(queue.find(id).orElseThrow().failedAttempts())
        .extracting(FailedAttempt::attempt)
        .containsExactly(1, 2, 3, 4);
  }

  @Test
  void aTypeBringsDefaultsThatARequestCanReplace() throws Exception {
    JobQueue queue = JobQueue.builder(db.pool()).schema(db.name()).codec(AsText.INSTANCE).build();
    JobType<String> greet =
        JobType.of("greet", String.class)
            .channel("greetings", "loud")
            .retry(RetryPolicy.of(7, Duration.ofSeconds(2)))
            .priority(4)
            .ordered(OnDeath.BLOCK)
            .timeout(Duration.ofSeconds(30));

    queue.send(greet.request("hello"));
    queue.send(greet.request("hi").priority(1).channel("others").retry(RetryPolicy.never()));

    assertThat(
            db.query(
                """
                select concat_ws(' ', channel_name, channel_args, retries, backoff_ms, priority,
                                 seq is not null, blocks, timeout_ms)
                from mq_jobs order by seq
                """))
        .containsExactly("greetings loud 7 2000 4 t t 30000", "others  0 0 1 t t 30000");
    Queue<String> heard = new ConcurrentLinkedQueue<>();
    JobRegistry jobs =
        JobRegistry.builder().handle(greet, (job, greeting) -> heard.add(greeting)).build();
    db.closing(queue.runner(jobs).start());
    await().atMost(20, SECONDS).until(() -> heard.size() == 2);
    assertThat(heard).containsExactlyInAnyOrder("hello", "hi");
  }

  @Test
  void handlersWorkWithWhateverTheyWereMadeWith() throws Exception {
    JobQueue queue = db.queue();
    Mailer mailer = new Mailer("from the desk of jdbcmq");
    JobRegistry jobs =
        JobRegistry.builder()
            .handle("mail", mailer::send)
            .handle("two-step", job -> queue.send(JobRequest.of("mail")))
            .build();
    db.closing(queue.runner(jobs).start());

    SendResult result = queue.send(JobRequest.of("two-step"));

    assertThat(result).isInstanceOf(SendResult.Sent.class);
    await().atMost(20, SECONDS).until(() -> db.count("mq_jobs") == 0);
    assertThat(mailer.outbox).containsExactly("mail from the desk of jdbcmq");
  }

  private void run(JobQueue queue, String jobName, JobHandler handler) {
    db.closing(queue.runner(JobRegistry.builder().handle(jobName, handler).build()).start());
  }

  private static JobState state(JobQueue queue, UUID id) {
    return queue.find(id).orElseThrow().state();
  }

  private static <T> T lastOf(List<T> list) {
    return list.get(list.size() - 1);
  }

  /** What handlers need and the queue does not know. */
  private static final class Mailer {
    private final String sender;
    private final Queue<String> outbox = new ConcurrentLinkedQueue<>();

    Mailer(String sender) {
      this.sender = sender;
    }

    void send(CurrentJob job) {
      outbox.add(job.name() + " " + sender);
    }
  }

  /** A text as JSON, as far as this test needs it. */
  private enum AsText implements PayloadCodec {
    INSTANCE;

    @Override
    public String encode(Object payload) {
      return '"' + payload.toString() + '"';
    }

    @SuppressWarnings("unchecked") // only texts are asked for
    @Override
    public <T> T decode(String json, PayloadType<T> type) {
      return (T) json.substring(1, json.length() - 1);
    }
  }
}
