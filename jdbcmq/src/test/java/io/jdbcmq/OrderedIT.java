package io.jdbcmq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.internal.sql.RunKey;
import io.jdbcmq.job.CancelResult;
import io.jdbcmq.job.CurrentJob;
import io.jdbcmq.job.JobHandler;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.JobState;
import io.jdbcmq.job.OnDeath;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.job.SendResult;
import io.jdbcmq.testing.Calls;
import io.jdbcmq.testing.CommitLog;
import io.jdbcmq.testing.Parallel;
import io.jdbcmq.testing.Stepper;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class OrderedIT {
  private static final JobRequest STEP = JobRequest.of("step").channel("orders").ordered();
  private static final RetryPolicy TWICE_AT_ONCE = RetryPolicy.of(2, Duration.ZERO);

  private static final Duration MINUTE = Duration.ofMinutes(1);

  @RegisterExtension final TestSchema db = new TestSchema();

  private JobQueue queue;
  private Calls calls;
  private final Map<String, Queue<UUID>> ran = new ConcurrentHashMap<>();

  @BeforeEach
  void prepare() {
    queue = db.queue();
    calls = new Calls(db.schema());
  }

  @Test
  void jobsOfAChannelRunOneByOneInTheOrderOfTheCommitsWhateverTheirSendersDo() throws Exception {
    CommitLog log = new CommitLog();
    Map<String, AtomicInteger> running = new ConcurrentHashMap<>();
    AtomicInteger most = new AtomicInteger();
    JobHandler handler =
        job -> {
          String channel = job.channel().args();
          AtomicInteger here = running.computeIfAbsent(channel, args -> new AtomicInteger());
          most.accumulateAndGet(here.incrementAndGet(), Math::max);
          try {
            if (job.attempt() == 1 && job.id().hashCode() % 50 == 0) {
              throw new IllegalStateException("the head is tried again, and nobody overtakes it");
            }
            note(job);
          } finally {
            here.decrementAndGet();
          }
        };
    db.closing(queue.runner(registry("step", handler)).concurrency(8, 16).start());
    db.closing(db.queue().runner(registry("step", handler)).concurrency(8, 16).start());

    Parallel.run(
        IntStream.range(0, 4)
            .mapToObj(i -> (Callable<Integer>) () -> sends(log, i, 1250))
            .toList());

    await().atMost(120, SECONDS).until(() -> db.count("mq_jobs") == 0);
    assertThat(count()).isEqualTo(log.size()).isGreaterThanOrEqualTo(5000);
    assertThat(ran.values())
        .allSatisfy(ids -> assertThat(log.findings(List.copyOf(ids))).isEmpty());
    assertThat(most).hasValue(1);
  }

  @Test
  void runnersThatComeAndGoKeepTheOrder() throws Exception {
    List<JobRequest> requests = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      requests.add(STEP.channel("orders", "channel " + i % 5));
    }
    List<UUID> ids = queue.send(requests).stream().map(SendResult::id).toList();
    while (db.count("mq_jobs") > 0) {
      int before = count();
      try (JobRunner first = queue.runner(registry("step", this::note)).start();
          JobRunner second = queue.runner(registry("step", this::note)).start()) {
        await().atMost(60, SECONDS).until(() -> count() >= Math.min(1000, before + 100));
        assertThat(List.of(first.shutdown(MINUTE), second.shutdown(MINUTE))).containsOnly(true);
      }
    }

    for (int channel = 0; channel < 5; channel++) {
      int place = channel;
      assertThat(ran.get("channel " + channel))
          .containsExactlyElementsOf(
              IntStream.range(0, 200).mapToObj(i -> ids.get(5 * i + place)).toList());
    }
  }

  @Test
  void noNumberOfOrderedChannelsInOneTransactionIsTooManyAndNobodyDeadlocks() throws Exception {
    List<JobRequest> requests = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      requests.add(STEP.channel("tenants", "tenant " + i));
    }
    List<Callable<Integer>> senders = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      List<JobRequest> shuffled = new ArrayList<>(requests);
      Collections.shuffle(shuffled, new Random(i));
      senders.add(() -> queue.send(shuffled).size());
    }

    assertThat(Parallel.run(senders)).containsOnly(3000);

    assertThat(db.count("mq_jobs")).isEqualTo(12_000);
    run("step", this::note);
    await().atMost(120, SECONDS).until(() -> db.count("mq_jobs") == 0);
    assertThat(ran).hasSize(3000);
  }

  @Test
  void senderWaitsForTheSenderBeforeItAndSeesNeitherErrorNorItsRollback() throws Exception {
    Stepper stepper = new Stepper(db);
    Stepper.Session first = stepper.session();
    Stepper.Session second = stepper.session();
    Stepper.Session third = stepper.session();
    first.run(c -> queue.send(c, STEP.json("1")));

    Stepper.Step<SendResult> waiting = second.begin(c -> queue.send(c, STEP.json("2")));
    assertThat(waiting.isBlocked()).isTrue();
    third.run(c -> queue.send(c, STEP.channel("orders", "other").json("3"))); // waits for nobody
    third.commit();
    first.rollback();
    waiting.result();
    second.commit();

    Queue<String> received = new ConcurrentLinkedQueue<>();
    run("step", job -> received.add(job.json().orElseThrow()));
    await().atMost(20, SECONDS).until(() -> db.count("mq_jobs") == 0);
    assertThat(received).containsExactlyInAnyOrder("2", "3");
  }

  @Test
  void aSavepointTakesItsJobsBackAndKeepsTheOrderOfTheOthers() throws Exception {
    try (Connection connection = db.session()) {
      connection.setAutoCommit(false);
      queue.send(connection, STEP.json("1"));
      Savepoint savepoint = connection.setSavepoint();
      queue.send(connection, STEP.json("2"));
      connection.rollback(savepoint);
      queue.send(connection, List.of(STEP.json("3"), STEP.json("4")));
      connection.commit();
    }

    Queue<String> received = new ConcurrentLinkedQueue<>();
    run("step", job -> received.add(job.json().orElseThrow()));
    await().atMost(20, SECONDS).until(() -> db.count("mq_jobs") == 0);
    assertThat(received).containsExactly("1", "3", "4");
  }

  @Test
  void aDelayedHeadHoldsItsChannelUntilItIsCancelled() throws Exception {
    UUID head = queue.send(STEP.delay(Duration.ofHours(1))).id();
    UUID next = queue.send(STEP).id();
    try (Connection connection = db.session()) {
      UUID runner = calls.runner(connection);
      assertThat(calls.claim(connection, runner, 5)).isEmpty();
      assertThat(state(next)).isEqualTo(JobState.PARKED);

      assertThat(queue.cancel(head)).isEqualTo(CancelResult.WAS_WAITING);

      assertThat(calls.claim(connection, runner, 5)).extracting(RunKey::id).containsExactly(next);
    }
  }

  @Test
  void aHeadThatIsTriedAgainHoldsItsChannel() throws Exception {
    JobRequest patient = STEP.retry(RetryPolicy.of(1, Duration.ofHours(1)));
    List<UUID> ids = queue.send(List.of(patient, STEP)).stream().map(SendResult::id).toList();
    try (Connection connection = db.session()) {
      UUID runner = calls.runner(connection);
      List<RunKey> head = calls.claim(connection, runner, 5);
      assertThat(head).extracting(RunKey::id).containsExactly(ids.get(0));
      calls.fail(connection, head.get(0));

      assertThat(calls.claim(connection, runner, 5)).isEmpty();
      assertThat(state(ids.get(0))).isEqualTo(JobState.DELAYED);
      assertThat(state(ids.get(1))).isEqualTo(JobState.PARKED);
    }
  }

  @Test
  void aDeadHeadIsSkipped() throws Exception {
    run(
        "step",
        job -> {
          if (job.json().isPresent()) {
            throw new IllegalStateException("dies");
          }
          note(job);
        });
    UUID dead = queue.send(STEP.json("1").retry(TWICE_AT_ONCE)).id();
    UUID next = queue.send(STEP).id();

    await().atMost(20, SECONDS).until(() -> db.count("mq_jobs") == 0);
    assertThat(state(dead)).isEqualTo(JobState.DEAD);
    assertThat(ran.get("")).containsExactly(next);
    assertThat(queue.channels().blocked(10)).isEmpty();
  }

  @Test
  void aJobThatIsNotOrderedKeepsOutOfTheOrderOfItsChannel() throws Exception {
    queue.send(STEP.delay(Duration.ofHours(1)));
    UUID parked = queue.send(STEP).id();
    UUID free = queue.send(JobRequest.of("step").channel("orders")).id();
    run("step", this::note);

    await().atMost(20, SECONDS).until(() -> ran.containsKey(""));
    assertThat(ran.get("")).containsExactly(free);
    assertThat(state(parked)).isEqualTo(JobState.PARKED);
  }

  @Test
  void cancellingInTheMiddleClosesTheGap() throws Exception {
    List<UUID> ids = queue.send(Collections.nCopies(6, STEP)).stream().map(SendResult::id).toList();
    assertThat(queue.cancel(List.of(ids.get(0), ids.get(2), ids.get(5))).values())
        .containsOnly(CancelResult.WAS_WAITING);

    run("step", this::note);

    await().atMost(20, SECONDS).until(() -> db.count("mq_jobs") == 0);
    assertThat(ran.get("")).containsExactly(ids.get(1), ids.get(3), ids.get(4));
  }

  @Test
  void jobsThatAreCancelledWhileTheirChannelRunsAreMissingAndNothingElseIs() throws Exception {
    List<UUID> ids =
        queue.send(Collections.nCopies(600, STEP)).stream().map(SendResult::id).toList();
    run("step", this::note);
    db.closing(db.queue().runner(registry("step", this::note)).start());
    Map<UUID, CancelResult> cancelled = new ConcurrentHashMap<>();
    Parallel.run(
        IntStream.range(0, 2)
            .mapToObj(
                i ->
                    (Callable<Integer>)
                        () -> {
                          for (int place = i; place < ids.size(); place += 6) {
                            UUID id = ids.get(place);
                            cancelled.put(id, queue.cancel(id));
                          }
                          return cancelled.size();
                        })
            .toList());

    await().atMost(60, SECONDS).until(() -> db.count("mq_jobs") == 0);
    List<UUID> gone = with(cancelled, CancelResult.WAS_WAITING);
    // A handler whose run was cancelled may note it, or not, and also after the next one has begun.
    List<UUID> stopped = with(cancelled, CancelResult.WAS_RUNNING);
    List<UUID> rest = new ArrayList<>(ids);
    rest.removeAll(gone);
    rest.removeAll(stopped);
    await().atMost(20, SECONDS).until(() -> ran.get("").containsAll(rest));
    assertThat(ran.get("").stream().filter(id -> !stopped.contains(id)))
        .containsExactlyElementsOf(rest);
    assertThat(gone).isNotEmpty();
  }

  private static List<UUID> with(Map<UUID, CancelResult> cancelled, CancelResult result) {
    return cancelled.entrySet().stream()
        .filter(each -> each.getValue() == result)
        .map(Map.Entry::getKey)
        .toList();
  }

  @Test
  void aHandlerThatCompletesUnderRepeatableReadLetsTheNextOneRun() throws Exception {
    run(
        "step",
        job -> {
          try (Connection connection = db.direct().getConnection()) {
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            connection.setAutoCommit(false);
            job.complete(connection);
            connection.commit();
          }
          note(job);
        });
    List<UUID> ids =
        queue.send(Collections.nCopies(20, STEP)).stream().map(SendResult::id).toList();

    await().atMost(20, SECONDS).until(() -> db.count("mq_jobs") == 0);
    await().atMost(20, SECONDS).until(() -> ran.get("").size() == 20);
    assertThat(ran.get("")).containsExactlyElementsOf(ids);
  }

  @Test
  void aDeadHeadThatWasSkippedGoesToTheEndWhenItIsRedriven() throws Exception {
    UUID dead = queue.send(STEP.retry(RetryPolicy.never())).id();
    try (Connection connection = db.session()) {
      RunKey run = calls.claim(connection, calls.runner(connection), 5).get(0);
      calls.fail(connection, run);
    }
    UUID other = queue.send(STEP.ordered(OnDeath.SKIP)).id();

    assertThat(queue.deadLetters().redrive(List.of(dead))).containsExactly(dead);

    run("step", this::note);
    await().atMost(20, SECONDS).until(() -> db.count("mq_jobs") == 0);
    assertThat(ran.get("")).containsExactly(other, dead);
  }

  /** Sends so many jobs that stay sent, in transactions of every kind. */
  private int sends(CommitLog log, int seed, int count) throws SQLException {
    Random random = new Random(seed);
    int sent = 0;
    try (Connection connection = db.direct().getConnection()) {
      connection.setAutoCommit(false);
      while (sent < count) {
        JobRequest request =
            STEP.channel("orders", "channel " + random.nextInt(20)).retry(TWICE_AT_ONCE);
        List<UUID> ids = new ArrayList<>(send(connection, request, 1 + random.nextInt(4)));
        if (random.nextInt(10) == 0) {
          Savepoint savepoint = connection.setSavepoint();
          send(connection, request, 2);
          connection.rollback(savepoint);
          ids.addAll(send(connection, request, 1));
        }
        if (random.nextInt(10) == 0) {
          connection.rollback();
          continue;
        }
        long began = System.nanoTime();
        connection.commit();
        log.committed(ids, began, System.nanoTime());
        sent += ids.size();
      }
    }
    return sent;
  }

  private List<UUID> send(Connection connection, JobRequest request, int count) {
    return queue.send(connection, Collections.nCopies(count, request)).stream()
        .map(SendResult::id)
        .toList();
  }

  private void note(CurrentJob job) {
    ran.computeIfAbsent(job.channel().args(), args -> new ConcurrentLinkedQueue<>()).add(job.id());
  }

  private int count() {
    return ran.values().stream().mapToInt(Queue::size).sum();
  }

  private JobState state(UUID id) {
    return queue.find(id).orElseThrow().state();
  }

  private void run(String jobName, JobHandler handler) {
    db.closing(queue.runner(registry(jobName, handler)).start());
  }

  private static JobRegistry registry(String jobName, JobHandler handler) {
    return JobRegistry.builder().handle(jobName, handler).build();
  }
}
