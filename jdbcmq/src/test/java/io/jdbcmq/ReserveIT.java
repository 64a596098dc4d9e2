package io.jdbcmq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.internal.sql.RunKey;
import io.jdbcmq.job.CancelResult;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.JobState;
import io.jdbcmq.job.JobStatus;
import io.jdbcmq.job.SendResult;
import io.jdbcmq.testing.Calls;
import io.jdbcmq.testing.Parallel;
import io.jdbcmq.testing.TestClock;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReserveIT {
  private static final JobRequest NOTE = JobRequest.of("note");
  private static final Duration MINUTE = Duration.ofMinutes(1);

  @RegisterExtension final TestSchema db = new TestSchema();

  private JobQueue queue;
  private final Queue<UUID> ran = new ConcurrentLinkedQueue<>();

  @BeforeEach
  void prepare() {
    queue = db.queue();
  }

  @Test
  void aReservedJobRunsOnceItIsCommittedAndNotBefore() {
    UUID reserved = queue.reserve(NOTE, MINUTE).id();
    UUID sent = queue.send(NOTE).id();
    run();
    await().atMost(20, SECONDS).until(() -> ran.contains(sent));
    JobStatus status = queue.find(reserved).orElseThrow();
    assertThat(status.state()).isEqualTo(JobState.RESERVED);
    assertThat(status.reservedUntil().orElseThrow())
        .isBetween(status.sentAt().plusSeconds(59), status.sentAt().plusSeconds(61));
    assertThat(status.nextAttemptAt()).isEmpty();

    assertThat(db.queue().commit(reserved)).isTrue(); // any instance may do so

    await().atMost(20, SECONDS).until(() -> !queue.exists(reserved));
    assertThat(ran).containsExactly(sent, reserved);
    assertThat(queue.commit(reserved)).isFalse();
  }

  @Test
  void aReservationThatIsNotCommittedEndsAndTheJobNeverRuns() throws Exception {
    TestClock clock = new TestClock(db);
    UUID id = queue.reserve(NOTE.uniqueKey("once"), MINUTE).id();
    clock.advance(MINUTE);

    assertThat(queue.commit(id)).isFalse();
    assertThat(queue.extend(id, MINUTE)).isFalse();

    run();
    await().atMost(20, SECONDS).until(() -> !queue.exists(id));
    assertThat(queue.find(id)).isEmpty();
    assertThat(queue.send(NOTE.uniqueKey("once"))).isInstanceOf(SendResult.Sent.class);
    await().atMost(20, SECONDS).until(() -> db.count("mq_jobs") == 0);
    assertThat(ran).hasSize(1).doesNotContain(id);
  }

  @Test
  void extendingSetsANewEndLaterOrSooner() throws Exception {
    TestClock clock = new TestClock(db);
    UUID id = queue.reserve(NOTE, MINUTE).id();
    clock.advance(MINUTE.dividedBy(2));
    assertThat(queue.extend(id, MINUTE)).isTrue();
    clock.advance(Duration.ofSeconds(59));
    assertThat(queue.extend(id, Duration.ofSeconds(5))).isTrue();
    clock.advance(Duration.ofSeconds(4));
    assertThat(queue.commit(id)).isTrue();

    clock.advance(MINUTE); // the end that was told last has no effect any more
    run();
    await().atMost(20, SECONDS).until(() -> ran.contains(id));
    assertThat(queue.extend(id, MINUTE)).isFalse();
  }

  @Test
  void aCommitThatReportedSuccessIsNotUndoneByTheEndOfTheReservation() throws Exception {
    TestClock clock = new TestClock(db);
    UUID id = queue.reserve(NOTE, MINUTE).id();
    run();
    try (Connection connection = db.session()) {
      connection.setAutoCommit(false);
      assertThat(queue.commit(connection, id)).isTrue();
      clock.advance(MINUTE.multipliedBy(2));
      UUID later = queue.send(NOTE).id(); // once it has run, the runner has looked for what is due
      await().atMost(20, SECONDS).until(() -> ran.contains(later));
      assertThat(ran).doesNotContain(id);
      connection.commit();
    }

    await().atMost(20, SECONDS).until(() -> ran.contains(id));
  }

  @Test
  void aCommitThatIsRolledBackLeavesTheReservation() throws Exception {
    UUID id = queue.reserve(NOTE, MINUTE).id();
    try (Connection connection = db.session()) {
      connection.setAutoCommit(false);
      assertThat(queue.commit(connection, id)).isTrue();
      connection.rollback();
    }
    assertThat(queue.find(id).map(JobStatus::state)).contains(JobState.RESERVED);
    assertThat(queue.commit(id)).isTrue();
  }

  @Test
  void reservingInATransactionThatIsRolledBackReservesNothing() throws Exception {
    UUID id;
    try (Connection connection = db.session()) {
      connection.setAutoCommit(false);
      id = queue.reserve(connection, NOTE, MINUTE).id();
      assertThat(queue.extend(connection, id, Duration.ofHours(1))).isTrue();
      connection.rollback();
    }
    assertThat(queue.commit(id)).isFalse();
    assertThat(db.count("mq_delayed")).isZero();
  }

  @Test
  void commitTellsWhichOnesItFound() {
    List<UUID> reserved = ids(queue.reserve(Collections.nCopies(3, NOTE), MINUTE));
    UUID sent = queue.send(NOTE).id();
    List<UUID> all = new ArrayList<>(reserved);
    all.add(sent);
    all.add(UUID.randomUUID());
    assertThat(queue.commit(reserved.get(2))).isTrue();

    assertThat(queue.commit(all)).containsExactlyInAnyOrder(reserved.get(0), reserved.get(1));
    assertThat(queue.commit(List.of())).isEmpty();
  }

  @Test
  void aDelayCountsFromTheReservationAndOutlivesTheCommit() throws Exception {
    TestClock clock = new TestClock(db);
    UUID id = queue.reserve(NOTE.delay(Duration.ofHours(1)), MINUTE).id();
    assertThat(queue.commit(id)).isTrue();
    JobStatus status = queue.find(id).orElseThrow();
    assertThat(status.state()).isEqualTo(JobState.DELAYED);
    assertThat(status.nextAttemptAt().orElseThrow())
        .isEqualTo(status.sentAt().plus(Duration.ofHours(1)));

    clock.advance(Duration.ofHours(1));
    run();
    await().atMost(20, SECONDS).until(() -> ran.contains(id));
  }

  @Test
  void aReservedJobKeepsItsPlaceInItsChannelAndGivesItUpWhenItEnds() throws Exception {
    TestClock clock = new TestClock(db);
    JobRequest step = NOTE.channel("steps").ordered();
    UUID kept = queue.reserve(step, MINUTE).id();
    UUID behind = queue.send(step).id();
    UUID lost = queue.reserve(step, MINUTE).id();
    UUID last = queue.send(step).id();
    try (Connection connection = db.session()) {
      Calls calls = new Calls(db.schema());
      UUID runner = calls.runner(connection);
      assertThat(calls.claim(connection, runner, 5)).isEmpty();
      assertThat(queue.commit(kept)).isTrue();
      for (UUID expected : List.of(kept, behind)) {
        List<RunKey> runs = calls.claim(connection, runner, 5);
        assertThat(runs).extracting(RunKey::id).containsExactly(expected);
        calls.complete(connection, runs.get(0));
      }
      assertThat(calls.claim(connection, runner, 5)).isEmpty(); // the second reservation holds it
    }
    clock.advance(MINUTE);

    run();
    await().atMost(20, SECONDS).until(() -> db.count("mq_jobs") == 0);
    assertThat(ran).containsExactly(last).doesNotContain(lost);
  }

  @Test
  void aReservationCanBeCancelled() {
    UUID id = queue.reserve(NOTE, MINUTE).id();
    assertThat(queue.cancel(id)).isEqualTo(CancelResult.WAS_WAITING);
    assertThat(queue.commit(id)).isFalse();
  }

  @Test
  void aReservedIdIsTaken() {
    UUID id = UUID.randomUUID();
    assertThat(queue.reserve(NOTE.id(id), MINUTE)).isEqualTo(new SendResult.Sent(id));
    assertThat(queue.send(NOTE.id(id))).isEqualTo(new SendResult.Duplicate(id));
    assertThat(queue.reserve(NOTE.id(id), MINUTE)).isEqualTo(new SendResult.Duplicate(id));
    assertThat(queue.reserve(List.of(), MINUTE)).isEmpty();
  }

  @Test
  void whatWasCommittedInTimeRunsAndWhatWasNotDoesNotHoweverCloseItIs() throws Exception {
    run();
    db.closing(db.queue().runner(registry()).start());
    List<Callable<Set<UUID>>> senders = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      senders.add(
          () -> {
            Set<UUID> found = new HashSet<>();
            for (int round = 0; round < 100; round++) {
              UUID id = queue.reserve(NOTE, Duration.ofMillis(1 + round % 8)).id();
              if (queue.commit(id)) {
                found.add(id);
              }
            }
            return found;
          });
    }
    Set<UUID> committed = new HashSet<>();
    Parallel.run(senders).forEach(committed::addAll);

    await().atMost(30, SECONDS).until(() -> db.count("mq_jobs") == 0);
    assertThat(ran).containsExactlyInAnyOrderElementsOf(committed);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT-1S", "PT0S", "PT0.000999999S", "P36500DT0.000000001S"})
  void aTimeThatCannotBeStoredIsRefusedBeforeAnythingIsWritten(Duration time) throws Exception {
    String message = "reservation must be PT0.001S to PT876000H but was " + time;
    UUID id = queue.reserve(NOTE, Duration.ofDays(36_500)).id();
    assertThat(queue.find(id).flatMap(JobStatus::reservedUntil).orElseThrow())
        .isAfter(Instant.parse("2100-01-01T00:00:00Z"));

    assertThatThrownBy(() -> queue.reserve(NOTE, time))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
    assertThatThrownBy(() -> queue.extend(id, time))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
    assertThat(db.count("mq_jobs")).isEqualTo(1);
  }

  private static List<UUID> ids(List<SendResult> results) {
    return results.stream().map(SendResult::id).toList();
  }

  private void run() {
    db.closing(queue.runner(registry()).start());
  }

  private JobRegistry registry() {
    return JobRegistry.builder().handle("note", job -> ran.add(job.id())).build();
  }
}
