package io.jdbcmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jdbcmq.job.CancelResult;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.job.SendResult;
import io.jdbcmq.job.StorageException;
import io.jdbcmq.spi.JobEvent;
import io.jdbcmq.spi.TransactionSource;
import io.jdbcmq.testing.TestSchema;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Calls without a connection, in a thread for which somebody else has opened a transaction. */
class JoinedTransactionIT {
  private static final JobRequest JOB = JobRequest.of("joins");

  @RegisterExtension final TestSchema db = new TestSchema();

  private final Container container = new Container();
  private final List<JobEvent> events = new CopyOnWriteArrayList<>();

  @Test
  void aSendIsPartOfTheTransactionOfItsThread() throws Exception {
    JobQueue queue = queue();
    container.begin();
    UUID id = queue.send(JOB).id();
    assertThat(queue.exists(id)).isTrue();
    assertThat(db.queue().exists(id)).isFalse();
    container.commit();
    assertThat(db.queue().exists(id)).isTrue();
    assertThat(events)
        .singleElement()
        .isInstanceOfSatisfying(JobEvent.Sent.class, sent -> assertThat(sent.joined()).isTrue());
  }

  @Test
  void aRollbackTakesEverythingBack() throws Exception {
    JobQueue queue = queue();
    UUID waiting = queue.send(JOB).id();
    UUID reserved = queue.reserve(JOB, Duration.ofHours(1)).id();
    container.begin();
    queue.send(List.of(JOB, JOB));
    queue.channels().pause("default");
    assertThat(queue.cancel(waiting)).isEqualTo(CancelResult.WAS_WAITING);
    assertThat(queue.commit(reserved)).isTrue();
    assertThat(queue.channels().paused()).containsExactly("default");
    container.rollback();
    assertThat(queue.exists(waiting)).isTrue();
    assertThat(queue.channels().paused()).isEmpty();
    assertThat(queue.commit(reserved)).isTrue();
    assertThat(db.count("mq_jobs")).isEqualTo(2);
  }

  @Test
  void aDuplicateLeavesTheTransactionUsable() throws Exception {
    JobQueue queue = queue();
    container.begin();
    UUID id = queue.send(JOB.uniqueKey("one")).id();
    assertThat(queue.send(JOB.uniqueKey("one"))).isEqualTo(new SendResult.Duplicate(id));
    container.commit();
    assertThat(queue.exists(id)).isTrue();
  }

  @Test
  void withoutATransactionACallHasOneOfItsOwn() {
    UUID id = queue().send(JOB).id();
    assertThat(db.queue().exists(id)).isTrue();
    assertThat(events)
        .singleElement()
        .isInstanceOfSatisfying(JobEvent.Sent.class, sent -> assertThat(sent.joined()).isFalse());
  }

  @Test
  void aReadOnlyTransactionIsForReadsOnly() throws Exception {
    JobQueue queue = queue();
    container.begin();
    container.readOnly = true;
    assertThat(queue.unknownJobs()).isEmpty();
    assertThatThrownBy(() -> queue.send(JOB))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("sending job")
        .hasMessageContaining("read-only transaction");
    assertThatThrownBy(queue::clearAll).hasMessageContaining("clearing all channels failed");
    assertThat(container.handedOut).isZero();
    container.rollback();
  }

  @Test
  void everyCallGivesTheConnectionBack() throws Exception {
    JobQueue queue = queue();
    container.begin();
    queue.send(JOB);
    assertThatThrownBy(() -> queue.send(JOB.json("not JSON"))).hasMessageContaining("JSON");
    container.end();
    container.begin();
    container.open.orElseThrow().close();
    assertThatThrownBy(() -> queue.exists(UUID.randomUUID())).isInstanceOf(StorageException.class);
    assertThat(container.handedOut).isZero();
  }

  /** It polls once an hour, so that only the signal after the commit can tell it. */
  @Test
  void aRunnerOfTheSameProcessIsToldAfterTheCommit() throws Exception {
    JobQueue queue = queue();
    CountDownLatch first = new CountDownLatch(1);
    CountDownLatch second = new CountDownLatch(2);
    JobRegistry jobs =
        JobRegistry.builder()
            .handle(
                "joins",
                job -> {
                  first.countDown();
                  second.countDown();
                })
            .build();
    try (JobRunner runner =
        queue.runner(jobs).pollOnly().pollInterval(Duration.ofHours(1)).start()) {
      queue.send(JOB); // when it has run, the runner is idle or about to be
      assertThat(first.await(30, TimeUnit.SECONDS)).isTrue();
      container.begin();
      queue.send(JOB.retry(RetryPolicy.never()));
      assertThat(container.afterCommit).hasSize(1);
      container.commit();
      assertThat(second.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(runner.id()).isPresent();
    }
  }

  private JobQueue queue() {
    return JobQueue.builder(db.pool())
        .schema(db.name())
        .transactions(container)
        .listener(
            event -> {
              if (event instanceof JobEvent.Sent) {
                events.add(event);
              }
            })
        .build();
  }

  /** Transactions of one thread, as a container has them. */
  private final class Container implements TransactionSource {
    private final Thread thread = Thread.currentThread();
    private final List<Runnable> afterCommit = new ArrayList<>();
    private Optional<Connection> open = Optional.empty();
    private boolean readOnly;
    private int handedOut;

    void begin() throws SQLException {
      Connection connection = db.direct().getConnection();
      connection.setAutoCommit(false);
      open = Optional.of(connection);
    }

    void commit() throws SQLException {
      open.orElseThrow().commit();
      end();
      afterCommit.forEach(Runnable::run);
    }

    void rollback() throws SQLException {
      open.orElseThrow().rollback();
      end();
    }

    private void end() throws SQLException {
      open.orElseThrow().close();
      open = Optional.empty();
    }

    @Override
    public Optional<JoinedTransaction> current() {
      return Thread.currentThread() == thread ? open.map(this::join) : Optional.empty();
    }

    private JoinedTransaction join(Connection connection) {
      handedOut++;
      return new JoinedTransaction() {
        @Override
        public Connection connection() {
          return connection;
        }

        @Override
        public boolean isReadOnly() {
          return readOnly;
        }

        @Override
        public void afterCommit(Runnable action) {
          afterCommit.add(action);
        }

        @Override
        public void close() {
          handedOut--;
        }
      };
    }
  }
}
