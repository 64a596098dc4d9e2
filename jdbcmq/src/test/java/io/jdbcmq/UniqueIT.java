package io.jdbcmq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.job.CancelResult;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.JobState;
import io.jdbcmq.job.JobStatus;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.job.SendResult;
import io.jdbcmq.testing.Parallel;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class UniqueIT {
  private static final JobRequest SYNC = JobRequest.of("sync");
  private static final JobRequest SYNC_7 = SYNC.uniqueKey("customer-7");

  @RegisterExtension final TestSchema db = new TestSchema();

  private JobQueue queue;

  @BeforeEach
  void prepare() {
    queue = db.queue();
  }

  @Test
  void aSecondLiveJobOfTheSameNameAndKeyIsADuplicateOfTheFirst() throws Exception {
    UUID first = queue.send(SYNC_7.delay(Duration.ofHours(1))).id();

    assertThat(queue.send(SYNC_7.channel("other"))).isEqualTo(new SendResult.Duplicate(first));
    assertThat(queue.send(SYNC_7.id(UUID.randomUUID()).ordered()))
        .isEqualTo(new SendResult.Duplicate(first));
    assertThat(queue.send(SYNC.uniqueKey("customer-8"))).isInstanceOf(SendResult.Sent.class);
    assertThat(queue.send(JobRequest.of("bill").uniqueKey("customer-7")))
        .isInstanceOf(SendResult.Sent.class);
    assertThat(queue.send(SYNC)).isInstanceOf(SendResult.Sent.class);
    assertThat(db.count("mq_jobs")).isEqualTo(4);
  }

  @Test
  void ofAListTheFirstOneCounts() throws Exception {
    UUID own = UUID.randomUUID();
    List<SendResult> results =
        queue.send(List.of(SYNC_7, SYNC, SYNC_7.id(own), SYNC.uniqueKey("customer-8"), SYNC_7));

    SendResult.Duplicate duplicate = new SendResult.Duplicate(results.get(0).id());
    assertThat(results.get(0)).isInstanceOf(SendResult.Sent.class);
    assertThat(results).element(2).isEqualTo(duplicate);
    assertThat(results).element(4).isEqualTo(duplicate);
    assertThat(db.count("mq_jobs")).isEqualTo(3);
    assertThat(queue.exists(own)).isFalse();
  }

  @Test
  void theKeyIsFreeAgainOnceItsJobHasEndedInWhateverWay() {
    UUID cancelled = queue.send(SYNC_7).id();
    assertThat(queue.cancel(cancelled)).isEqualTo(CancelResult.WAS_WAITING);
    UUID cleared = sent(queue.send(SYNC_7));
    assertThat(queue.clearAll()).isEqualTo(1);
    assertThat(queue.exists(cleared)).isFalse();
    UUID completed = sent(queue.send(SYNC_7));
    db.closing(queue.runner(JobRegistry.builder().handle("sync", job -> {}).build()).start());

    await().atMost(20, SECONDS).until(() -> !queue.exists(completed));
    assertThat(queue.send(SYNC_7)).isInstanceOf(SendResult.Sent.class);
  }

  @Test
  void aDeadLetterWhoseKeyIsTakenStaysDeadUntilTheKeyIsFree() throws Exception {
    UUID dead = queue.send(SYNC_7.retry(RetryPolicy.never())).id();
    try (JobRunner runner =
        queue
            .runner(
                JobRegistry.builder()
                    .handle(
                        "sync",
                        job -> {
                          throw new IllegalStateException("no luck");
                        })
                    .build())
            .start()) {
      assertThat(runner.id()).isPresent();
      await().atMost(20, SECONDS).until(() -> state(dead) == JobState.DEAD);
    }
    UUID live = sent(queue.send(SYNC_7));

    assertThat(queue.deadLetters().redrive(List.of(dead))).isEmpty();
    assertThat(state(dead)).isEqualTo(JobState.DEAD);
    assertThat(queue.deadLetters().list(10))
        .singleElement()
        .satisfies(
            letter -> {
              assertThat(letter.id()).isEqualTo(dead);
              assertThat(letter.error().orElseThrow())
                  .startsWith("java.lang.IllegalStateException: no luck");
            });

    queue.cancel(live);
    assertThat(queue.deadLetters().redrive(List.of(dead))).containsExactly(dead);
    assertThat(queue.send(SYNC_7)).isEqualTo(new SendResult.Duplicate(dead));
  }

  @Test
  void aKeyOfATransactionThatIsRolledBackIsFree() throws Exception {
    try (Connection connection = db.session()) {
      connection.setAutoCommit(false);
      UUID id = sent(queue.send(connection, SYNC_7));
      assertThat(queue.send(connection, SYNC_7)).isEqualTo(new SendResult.Duplicate(id));
      connection.rollback();
      assertThat(queue.send(connection, SYNC_7)).isInstanceOf(SendResult.Sent.class);
      connection.commit();
    }
  }

  @Test
  void whileManySendAndRunTheSameKeysThereIsOneLiveJobPerKeyAndNoneIsLost() throws Exception {
    Queue<UUID> ran = new ConcurrentLinkedQueue<>();
    Map<String, UUID> running = new ConcurrentHashMap<>();
    Queue<String> twice = new ConcurrentLinkedQueue<>();
    JobRegistry jobs =
        JobRegistry.builder()
            .handle(
                "sync",
                job -> {
                  String key = job.json().orElseThrow();
                  if (running.put(key, job.id()) != null) {
                    twice.add(key);
                  }
                  ran.add(job.id());
                  running.remove(key);
                })
            .build();
    db.closing(queue.runner(jobs).start());
    db.closing(db.queue().runner(jobs).start());
    List<Callable<Set<UUID>>> senders = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Random random = new Random(i);
      senders.add(() -> sendAllKeys(random, 4));
    }

    Set<UUID> sent = new HashSet<>();
    Parallel.run(senders).forEach(sent::addAll);

    await().atMost(60, SECONDS).until(() -> db.count("mq_jobs") == 0);
    assertThat(ran).containsExactlyInAnyOrderElementsOf(sent);
    assertThat(sent).hasSizeGreaterThan(200);
    assertThat(twice).isEmpty();
  }

  /** Sends all keys so many times, alone and in lists, and returns the ids that were stored. */
  private Set<UUID> sendAllKeys(Random random, int times) {
    List<JobRequest> requests = new ArrayList<>();
    for (int key = 0; key < 200; key++) {
      requests.add(SYNC.uniqueKey("key " + key).json("\"" + key + "\""));
    }
    Set<UUID> stored = new HashSet<>();
    for (int time = 0; time < times; time++) {
      Collections.shuffle(requests, random);
      for (int i = 0; i < requests.size(); ) {
        int end = Math.min(requests.size(), i + 1 + random.nextInt(20));
        for (SendResult result : queue.send(requests.subList(i, end))) {
          if (result instanceof SendResult.Sent) {
            stored.add(result.id());
          }
        }
        i = end;
      }
    }
    return stored;
  }

  private static UUID sent(SendResult result) {
    assertThat(result).isInstanceOf(SendResult.Sent.class);
    return result.id();
  }

  private JobState state(UUID id) {
    return queue.find(id).map(JobStatus::state).orElseThrow();
  }
}
