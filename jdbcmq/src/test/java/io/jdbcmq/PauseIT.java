package io.jdbcmq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.job.JobRequest;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.time.Duration;
import java.util.Collections;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PauseIT {
  private static final JobRequest MAIL = JobRequest.of("note").channel("mail");
  private static final JobRequest REPORT = JobRequest.of("note").channel("report");

  @RegisterExtension final TestSchema db = new TestSchema();

  private JobQueue queue;
  private final Queue<UUID> ran = new ConcurrentLinkedQueue<>();

  @BeforeEach
  void prepare() {
    queue = db.queue();
  }

  @Test
  void aPausedGroupIsLeftAloneUntilItIsResumedAndTheOthersGoOn() throws Exception {
    queue.channels().pause("mail", "no such group", "mail");
    assertThat(queue.channels().paused()).containsExactly("mail", "no such group");
    run();
    UUID ready = queue.send(MAIL).id();
    UUID ordered = queue.send(MAIL.ordered()).id();
    UUID delayed = queue.send(MAIL.delay(Duration.ofMillis(1))).id();
    UUID urgent = queue.send(MAIL.channel("mail", "tenant").priority(-10)).id();
    UUID other = queue.send(REPORT).id();

    await().atMost(20, SECONDS).until(() -> ran.contains(other));
    await().atMost(20, SECONDS).until(() -> db.count("mq_delayed") == 0); // it has been promoted
    UUID last = queue.send(REPORT).id();
    await().atMost(20, SECONDS).until(() -> ran.contains(last));
    assertThat(ran).containsExactly(other, last);

    queue.channels().resume("mail");

    await().atMost(20, SECONDS).until(() -> ran.size() == 6);
    assertThat(ran).contains(ready, ordered, delayed, urgent);
    assertThat(queue.channels().paused()).containsExactly("no such group");
    queue.channels().resume("no such group", "another");
    assertThat(queue.channels().paused()).isEmpty();
  }

  /** Promoting them takes a hundred polls, which do not wait for each other. */
  @Test
  void whatIsDueInAPausedGroupDoesNotHoldUpTheOthers() throws Exception {
    queue.channels().pause("mail");
    for (int i = 0; i < 10; i++) {
      queue.send(Collections.nCopies(1_000, MAIL.delay(Duration.ofMillis(1))));
    }
    UUID behind = queue.send(REPORT.delay(Duration.ofMillis(1))).id();
    JobRegistry jobs = JobRegistry.builder().handle("note", job -> ran.add(job.id())).build();
    db.closing(queue.runner(jobs).channels("report").pollOnly().start());

    await().atMost(20, SECONDS).until(() -> ran.contains(behind));
  }

  @Test
  void aJobThatRunsWhenItsGroupIsPausedRunsToItsEnd() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    JobRegistry jobs =
        JobRegistry.builder()
            .handle(
                "note",
                job -> {
                  started.countDown();
                  go.await();
                  ran.add(job.id());
                })
            .build();
    db.closing(queue.runner(jobs).start());
    UUID running = queue.send(MAIL).id();
    assertThat(started.await(20, SECONDS)).isTrue();
    queue.channels().pause("mail");
    UUID waiting = queue.send(MAIL).id();

    go.countDown();

    await().atMost(20, SECONDS).until(() -> !queue.exists(running));
    assertThat(ran).containsExactly(running);
    assertThat(queue.exists(waiting)).isTrue();
  }

  @Test
  void pausingAndResumingTakeEffectWithTheirTransaction() throws Exception {
    try (Connection connection = db.session()) {
      connection.setAutoCommit(false);
      queue.channels().pause(connection, "mail");
      assertThat(queue.channels().paused()).isEmpty();
      connection.rollback();
      queue.channels().pause(connection, "mail");
      connection.commit();
      queue.channels().resume(connection, "mail");
      connection.rollback();
    }
    assertThat(queue.channels().paused()).containsExactly("mail");
  }

  /** Claims write what idle runners wish for; the transaction must not hold them up. */
  @Test
  void aTransactionThatPausesOrResumesHoldsUpNoRunner() throws Exception {
    try (Connection connection = db.session()) {
      connection.setAutoCommit(false);
      queue.channels().pause(connection, "mail", "report");
      queue.channels().resume(connection, "mail");
      db.closing(queue.runner(noting()).channels("mail", "report").start());
      await()
          .atMost(20, SECONDS)
          .until(() -> db.count("mq_groups where hungry_until > now()") == 2);

      UUID sent = queue.send(MAIL).id();
      await().atMost(20, SECONDS).until(() -> ran.contains(sent));
      connection.rollback();
    }
  }

  @Test
  void aBacklogOfAPausedGroupIsThereWhenItIsResumed() throws Exception {
    queue.channels().pause("mail");
    queue.send(Collections.nCopies(2000, MAIL));
    run();
    UUID other = queue.send(REPORT).id();
    await().atMost(20, SECONDS).until(() -> ran.contains(other));

    queue.channels().resume("mail");

    await().atMost(60, SECONDS).until(() -> db.count("mq_jobs") == 0);
    assertThat(ran).hasSize(2001).doesNotHaveDuplicates();
  }

  @Test
  void namesAreCheckedBeforeAnythingIsWritten() {
    assertThatThrownBy(() -> queue.channels().pause())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("name a channel: there is no pause of all of them");
    assertThatThrownBy(() -> queue.channels().pause("mail", ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("channel name must have 1 to 1000 bytes");
    assertThatThrownBy(() -> queue.channels().resume("x".repeat(1001)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(queue.channels().paused()).isEmpty();
  }

  private void run() {
    db.closing(queue.runner(noting()).start());
  }

  private JobRegistry noting() {
    return JobRegistry.builder().handle("note", job -> ran.add(job.id())).build();
  }
}
