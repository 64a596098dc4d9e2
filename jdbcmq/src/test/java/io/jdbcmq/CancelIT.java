package io.jdbcmq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.internal.sql.RunKey;
import io.jdbcmq.job.CancelResult;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.LeaseLostException;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.job.SendResult;
import io.jdbcmq.testing.Calls;
import io.jdbcmq.testing.Parallel;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CancelIT {
  private static final JobRequest NOTE = JobRequest.of("note");

  @RegisterExtension final TestSchema db = new TestSchema();

  private JobQueue queue;

  @BeforeEach
  void prepare() {
    queue = db.queue();
  }

  @Test
  void eachIdIsToldWhatBecameOfItInTheOrderGiven() throws Exception {
    UUID ready = queue.send(NOTE.channel("a", "1").priority(3)).id();
    UUID delayed = queue.send(NOTE.delay(Duration.ofHours(1))).id();
    UUID reserved = queue.reserve(NOTE, Duration.ofHours(1)).id();
    UUID unknown = UUID.randomUUID();
    UUID dead = queue.send(NOTE.channel("dying").retry(RetryPolicy.never())).id();
    UUID running = queue.send(NOTE.channel("running")).id();
    try (Connection connection = db.session()) {
      Calls calls = new Calls(db.schema());
      UUID runner = calls.runner(connection);
      calls.poll(connection, runner, 1, "running");
      RunKey last = calls.poll(connection, runner, 1, "dying").jobs().get(0).key();
      calls.fail(connection, last);

      Map<UUID, CancelResult> results =
          queue.cancel(List.of(unknown, ready, delayed, reserved, dead, running));

      assertThat(results)
          .containsExactly(
              Map.entry(unknown, CancelResult.NOT_LIVE),
              Map.entry(ready, CancelResult.WAS_WAITING),
              Map.entry(delayed, CancelResult.WAS_WAITING),
              Map.entry(reserved, CancelResult.WAS_WAITING),
              Map.entry(dead, CancelResult.NOT_LIVE),
              Map.entry(running, CancelResult.WAS_RUNNING));
    }
    assertThat(db.count("mq_jobs") + db.count("mq_ready") + db.count("mq_delayed")).isZero();
    assertThat(queue.cancel(ready)).isEqualTo(CancelResult.NOT_LIVE);
    assertThat(queue.cancel(List.of())).isEmpty();
  }

  @Test
  void aCancelledRunIsFencedAndItsHandlerInterrupted() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    Queue<Exception> refusals = new ConcurrentLinkedQueue<>();
    JobRegistry jobs =
        JobRegistry.builder()
            .handle(
                "note",
                job -> {
                  started.countDown();
                  try {
                    new CountDownLatch(1).await();
                  } catch (InterruptedException e) {
                    try {
                      job.complete();
                    } catch (LeaseLostException refused) {
                      refusals.add(refused);
                    }
                    interrupted.countDown();
                  }
                })
            .build();
    db.closing(queue.runner(jobs).start());
    UUID id = queue.send(NOTE).id();
    assertThat(started.await(20, SECONDS)).isTrue();

    assertThat(queue.cancel(id)).isEqualTo(CancelResult.WAS_RUNNING);

    assertThat(interrupted.await(20, SECONDS)).isTrue();
    await().atMost(20, SECONDS).until(() -> refusals.size() == 1);
    assertThat(queue.find(id)).isEmpty();
    assertThat(queue.deadLetters().list(1)).isEmpty();
  }

  @Test
  void cancellingInATransactionTakesEffectWithItOrNotAtAll() throws Exception {
    UUID id = queue.send(NOTE).id();
    try (Connection connection = db.session()) {
      connection.setAutoCommit(false);
      assertThat(queue.cancel(connection, id)).isEqualTo(CancelResult.WAS_WAITING);
      assertThat(queue.cancel(connection, id)).isEqualTo(CancelResult.NOT_LIVE);
      assertThat(queue.exists(id)).isTrue();
      connection.rollback();
    }
    assertThat(queue.cancel(id).isCancelled()).isTrue();
    assertThat(queue.exists(id)).isFalse();
  }

  @Test
  void aJobEitherRunsOrIsCancelledBeforeItRuns() throws Exception {
    Queue<UUID> ran = new ConcurrentLinkedQueue<>();
    JobRegistry jobs = JobRegistry.builder().handle("note", job -> ran.add(job.id())).build();
    db.closing(queue.runner(jobs).start());
    List<Callable<Map<UUID, CancelResult>>> senders = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      senders.add(this::sendAndCancel);
    }

    Set<UUID> waiting = new HashSet<>();
    Set<UUID> others = new HashSet<>();
    for (Map<UUID, CancelResult> results : Parallel.run(senders)) {
      results.forEach(
          (id, result) -> (result == CancelResult.WAS_WAITING ? waiting : others).add(id));
    }

    await().atMost(20, SECONDS).until(() -> db.count("mq_jobs") == 0);
    assertThat(ran).doesNotHaveDuplicates().doesNotContainAnyElementsOf(waiting);
    assertThat(waiting).isNotEmpty();
    assertThat(others.size() + waiting.size()).isEqualTo(4 * 50 * 5);
  }

  @Test
  void tooManyIdsAreRefused() {
    List<UUID> ids = Collections.nCopies(100_001, UUID.randomUUID());
    assertThatThrownBy(() -> queue.cancel(ids))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("at most 100000 ids may be given but were 100001: do it in parts");
    assertThatThrownBy(() -> queue.commit(ids).size()).isInstanceOf(IllegalArgumentException.class);
  }

  private Map<UUID, CancelResult> sendAndCancel() {
    Map<UUID, CancelResult> results = new HashMap<>();
    for (int round = 0; round < 50; round++) {
      List<UUID> ids =
          queue.send(Collections.nCopies(5, NOTE)).stream().map(SendResult::id).toList();
      results.putAll(queue.cancel(ids));
    }
    return results;
  }
}
