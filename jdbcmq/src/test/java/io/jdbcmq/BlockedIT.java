package io.jdbcmq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.job.BlockedChannel;
import io.jdbcmq.job.Channel;
import io.jdbcmq.job.DeadLetter;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.JobState;
import io.jdbcmq.job.JobStatus;
import io.jdbcmq.job.OnDeath;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class BlockedIT {
  private static final Channel ORDERS = new Channel("orders", "customer-7");
  private static final JobRequest STEP =
      JobRequest.of("step").channel(ORDERS).ordered(OnDeath.BLOCK).retry(RetryPolicy.never());

  @RegisterExtension final TestSchema db = new TestSchema();

  private JobQueue queue;
  private final AtomicBoolean broken = new AtomicBoolean(true);
  private final Queue<UUID> ran = new ConcurrentLinkedQueue<>();

  @BeforeEach
  void prepare() {
    queue = db.queue();
    JobRegistry jobs =
        JobRegistry.builder()
            .handle(
                "step",
                job -> {
                  if (broken.get() && job.json().isPresent()) {
                    throw new IllegalStateException("out of order");
                  }
                  ran.add(job.id());
                })
            .build();
    db.closing(queue.runner(jobs).start());
  }

  @Test
  void aDeadJobHoldsItsChannelVisiblyUntilItIsRedriven() {
    UUID dead = dies();
    UUID first = queue.send(STEP).id();
    UUID second = queue.send(STEP).id();

    DeadLetter letter = queue.deadLetters().list(1).get(0);
    assertThat(queue.channels().blocked(10))
        .containsExactly(
            new BlockedChannel(ORDERS, dead, JobState.DEAD, letter.diedAt(), Optional.empty(), 2));

    broken.set(false);
    assertThat(queue.deadLetters().redrive(List.of(dead))).containsExactly(dead);

    await().atMost(20, SECONDS).until(() -> ran.size() == 3);
    assertThat(ran).containsExactly(dead, first, second); // in its old place
    assertThat(queue.channels().blocked(10)).isEmpty();
  }

  @Test
  void discardingTheDeadJobLetsTheNextOneRun() {
    UUID dead = dies();
    UUID next = queue.send(STEP).id();

    assertThat(queue.deadLetters().discard(List.of(dead))).containsExactly(dead);

    await().atMost(20, SECONDS).until(() -> ran.contains(next));
  }

  @Test
  void unblockingLetsTheNextOneRunAndKeepsTheDeadLetter() throws Exception {
    UUID dead = dies();
    UUID next = queue.send(STEP).id();
    assertThat(queue.channels().unblock(Channel.of("orders"))).isFalse();
    try (Connection connection = db.session()) {
      connection.setAutoCommit(false);
      assertThat(queue.channels().unblock(connection, ORDERS)).isTrue();
      connection.rollback();
    }
    assertThat(queue.channels().blocked(10)).hasSize(1);

    assertThat(queue.channels().unblock(ORDERS)).isTrue();

    await().atMost(20, SECONDS).until(() -> ran.contains(next));
    assertThat(queue.find(dead).map(JobStatus::state)).contains(JobState.DEAD);
    assertThat(queue.channels().unblock(ORDERS)).isFalse();

    broken.set(false);
    UUID last = queue.send(STEP.delay(Duration.ofHours(1))).id();
    queue.deadLetters().redrive(List.of(dead));
    queue.cancel(last); // the dead job is behind it now
    await().atMost(20, SECONDS).until(() -> ran.contains(dead));
  }

  @Test
  void aChannelIsNotCalledBlockedWhileNobodyWaitsInIt() {
    dies();
    assertThat(queue.channels().blocked(10)).isEmpty();
  }

  @Test
  void delaysAndReservationsShowAndTellWhenTheyEnd() {
    UUID delayed = queue.send(STEP.channel("a").delay(Duration.ofHours(1))).id();
    UUID reserved = queue.reserve(STEP.channel("b"), Duration.ofHours(2)).id();
    queue.send(Collections.nCopies(1200, STEP.channel("a")));
    queue.send(STEP.channel("b"));
    queue.send(STEP.channel("c").delay(Duration.ofHours(1)));

    assertThat(queue.channels().blocked(10))
        .satisfiesExactly(
            channel -> {
              JobStatus head = queue.find(delayed).orElseThrow();
              assertThat(channel.channel()).isEqualTo(Channel.of("a"));
              assertThat(channel.headId()).isEqualTo(delayed);
              assertThat(channel.headState()).isEqualTo(JobState.DELAYED);
              assertThat(channel.until()).isEqualTo(head.nextAttemptAt());
              assertThat(channel.waiting()).isEqualTo(1000); // counts no further
            },
            channel -> {
              JobStatus head = queue.find(reserved).orElseThrow();
              assertThat(channel.channel()).isEqualTo(Channel.of("b"));
              assertThat(channel.headState()).isEqualTo(JobState.RESERVED);
              assertThat(channel.until()).isEqualTo(head.reservedUntil());
              assertThat(channel.since()).isEqualTo(head.sentAt());
              assertThat(channel.waiting()).isEqualTo(1);
            });
    assertThat(queue.channels().blocked(1)).hasSize(1);
  }

  @Test
  void aLimitOutOfRangeIsRefused() {
    for (int limit : new int[] {0, 1001}) {
      assertThatThrownBy(() -> queue.channels().blocked(limit))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("limit must be 1 to 1,000 but was " + limit);
    }
  }

  private UUID dies() {
    UUID id = queue.send(STEP.json("1")).id();
    await().atMost(20, SECONDS).until(() -> queue.find(id).orElseThrow().state() == JobState.DEAD);
    return id;
  }
}
