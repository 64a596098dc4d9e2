package io.jdbcmq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.job.IndeterminateException;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.SendResult;
import io.jdbcmq.job.StorageException;
import io.jdbcmq.testing.Parallel;
import io.jdbcmq.testing.TestSchema;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Sends that share transactions. A lock on the table holds them up until all have come. */
class GatherIT {
  private static final JobRequest NOTE = JobRequest.of("note");

  @RegisterExtension final TestSchema db = new TestSchema();

  private JobQueue queue;

  @BeforeEach
  void build() {
    queue = JobQueue.builder(db.pool()).schema(db.name()).gatherSends(1).build();
  }

  @Test
  void sendersThatComeMeanwhileShareTheNextTransaction() throws Exception {
    List<Sender> senders = new ArrayList<>();
    try (Connection holder = hold()) {
      senders.add(blocked(() -> queue.send(NOTE)));
      for (int i = 0; i < 5; i++) {
        senders.add(waiting(() -> queue.send(NOTE)));
      }
      senders.add(waiting(() -> queue.send(List.of(NOTE, NOTE)).get(1)));
      holder.rollback();
    }
    List<UUID> ids = new ArrayList<>();
    for (Sender sender : senders) {
      ids.add(sender.result().id());
    }

    assertThat(db.query("select count(*) from mq_jobs group by xmin::text order by 1"))
        .containsExactly("1", "7");
    assertThat(ids).doesNotHaveDuplicates().allMatch(queue::exists);
    assertThat(queue.send(NOTE)).isInstanceOf(SendResult.Sent.class);
  }

  @Test
  void everyJobOfManyThreadsIsStoredOnceAndInTheOrderOfItsThread() throws Exception {
    JobQueue gathering = JobQueue.builder(db.pool()).schema(db.name()).gatherSends(2).build();
    List<Callable<Boolean>> threads = new ArrayList<>();
    for (int thread = 0; thread < 16; thread++) {
      JobRequest request = NOTE.channel("c", "thread-" + thread);
      threads.add(
          () -> {
            for (int i = 0; i < 100; i++) {
              gathering.send(request.json(String.valueOf(i)));
            }
            return true;
          });
    }

    assertThat(Parallel.run(threads)).doesNotContain(false);

    assertThat(
            db.query(
                """
                select string_agg(payload_json::text, ' ' order by mq_ready.seq)
                from mq_jobs join mq_ready on job_id = id
                group by mq_jobs.channel_args
                """))
        .hasSize(16)
        .containsOnly(
            IntStream.range(0, 100).mapToObj(String::valueOf).collect(Collectors.joining(" ")));
  }

  @Test
  void jobsOfOneThreadKeepTheirOrderAndPayloads() throws Exception {
    Sender first;
    Sender second;
    try (Connection holder = hold()) {
      Sender blocked = blocked(() -> queue.send(NOTE));
      first = waiting(() -> queue.send(List.of(NOTE.json("1"), NOTE.json("2"))).get(1));
      second = waiting(() -> queue.send(NOTE.json("3")));
      holder.rollback();
      blocked.result();
    }
    first.result();
    second.result();

    assertThat(
            db.query(
                """
                select payload_json from mq_jobs join mq_ready on job_id = id
                where payload_json is not null order by mq_ready.seq
                """))
        .containsExactly("1", "2", "3");
  }

  /** A unique key, an id of the caller's, an order can make a send wait for others. */
  @Test
  void jobsThatMayWaitForOthersAreSentByThemselves() throws Exception {
    try (Connection holder = hold()) {
      Sender blocked = blocked(() -> queue.send(NOTE));
      List<Sender> senders = new ArrayList<>();
      for (JobRequest request :
          List.of(
              NOTE.uniqueKey("k"),
              NOTE.id(UUID.randomUUID()),
              NOTE.ordered(),
              NOTE.delay(Duration.ofHours(1)))) {
        senders.add(blocked(() -> queue.send(request)));
      }
      senders.add(blocked(() -> queue.reserve(NOTE, Duration.ofHours(1))));
      holder.rollback();
      blocked.result();
      for (Sender sender : senders) {
        sender.result();
      }
    }
    assertThat(db.query("select distinct count(*) from mq_jobs group by xmin::text"))
        .containsExactly("1");
  }

  @Test
  void aJobThatIsRefusedFailsAlone() throws Exception {
    db.execute("alter table mq_jobs add constraint no_bad check (job_name <> 'bad')");
    List<Sender> good = new ArrayList<>();
    Sender bad;
    try (Connection holder = hold()) {
      good.add(blocked(() -> queue.send(NOTE)));
      good.add(waiting(() -> queue.send(NOTE)));
      bad = waiting(() -> queue.send(JobRequest.of("bad")));
      good.add(waiting(() -> queue.send(NOTE)));
      holder.rollback();
    }
    for (Sender sender : good) {
      assertThat(queue.exists(sender.result().id())).isTrue();
    }
    assertThatThrownBy(bad::result)
        .isInstanceOfSatisfying(
            StorageException.class, e -> assertThat(e.sqlState()).isEqualTo("23514"))
        .hasMessageMatching("sending job [-0-9a-f]+ named bad failed: .*no_bad.*");
    assertThat(db.count("mq_jobs")).isEqualTo(3);
  }

  /** Also where the one that sends for all is at fault. */
  @Test
  void aRefusedJobThatSendsForOthersFailsAlone() throws Exception {
    db.execute("alter table mq_jobs add constraint no_bad check (job_name <> 'bad')");
    Sender first;
    Sender bad;
    Sender last;
    try (Connection holder = hold()) {
      first = blocked(() -> queue.send(NOTE));
      bad = waiting(() -> queue.send(JobRequest.of("bad")));
      last = waiting(() -> queue.send(NOTE));
      holder.rollback();
    }
    assertThat(queue.exists(first.result().id())).isTrue();
    assertThatThrownBy(bad::result).isInstanceOf(StorageException.class);
    assertThat(queue.exists(last.result().id())).isTrue();
  }

  @Test
  void aCommitInDoubtIsInDoubtForAllThatSharedIt() throws Exception {
    Sender first;
    List<Sender> sharing = new ArrayList<>();
    try (Connection holder = hold()) {
      first = blocked(() -> queue.send(NOTE));
      try (Connection second = db.session();
          Statement statement = second.createStatement()) {
        second.setAutoCommit(false);
        for (int i = 0; i < 3; i++) {
          sharing.add(waiting(() -> queue.send(NOTE)));
        }
        // Queued behind the first sender, and before the next.
        Sender lock =
            blocked(
                () -> {
                  statement.execute("lock table mq_jobs in share mode");
                  return new SendResult.Sent(UUID.randomUUID());
                });
        holder.rollback();
        first.result();
        lock.result();
        await().atMost(20, SECONDS).until(() -> blocked().size() == 1);
        db.execute("select pg_terminate_backend(%s)".formatted(blocked().get(0)));
        for (Sender sender : sharing) {
          assertThatThrownBy(sender::result)
              .isInstanceOf(IndeterminateException.class)
              .hasMessageMatching("sending .* ended in doubt: .*Look before you try again");
        }
        second.rollback();
      }
    }
    assertThat(db.count("mq_jobs")).isEqualTo(1);
    assertThat(queue.exists(queue.send(NOTE).id())).isTrue();
  }

  /** Whatever befalls the thread that sends for others, none of them waits for ever. */
  @Test
  void anErrorOfTheOneThatSendsLeavesTheOthersInDoubt() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    DataSource failing =
        (DataSource)
            Proxy.newProxyInstance(
                DataSource.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (proxy, method, arguments) -> {
                  if (calls.incrementAndGet() == 2) {
                    throw new OutOfMemoryError("planted");
                  }
                  return method.invoke(db.pool(), arguments);
                });
    JobQueue gathering = JobQueue.builder(failing).schema(db.name()).gatherSends(1).build();
    Sender first;
    Sender leader;
    Sender other;
    try (Connection holder = hold()) {
      first = blocked(() -> gathering.send(NOTE));
      leader = waiting(() -> gathering.send(NOTE));
      other = waiting(() -> gathering.send(NOTE));
      holder.rollback();
    }
    first.result();
    assertThatThrownBy(leader::result).isInstanceOf(OutOfMemoryError.class);
    assertThatThrownBy(other::result)
        .isInstanceOf(IndeterminateException.class)
        .hasRootCauseInstanceOf(OutOfMemoryError.class);
    assertThat(queue.exists(gathering.send(NOTE).id())).isTrue();
    assertThat(db.count("mq_jobs")).isEqualTo(2);
  }

  @Test
  void theNumberOfTransactionsIsChecked() {
    JobQueue.Builder builder = JobQueue.builder(db.pool());
    for (int wrong : List.of(0, -1, 1_001)) {
      assertThatThrownBy(() -> builder.gatherSends(wrong))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("gatherSends must be 1 to 1000 but was " + wrong);
    }
  }

  /** A transaction that lets nobody write jobs. */
  private Connection hold() throws SQLException {
    Connection connection = db.session();
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("lock table mq_jobs in share mode");
    }
    return connection;
  }

  /** Has come when its session waits for the lock. */
  private Sender blocked(Callable<SendResult> send) throws SQLException {
    int before = blocked().size();
    Sender sender = Sender.start(send);
    await().atMost(20, SECONDS).until(() -> blocked().size() == before + 1);
    return sender;
  }

  private List<String> blocked() throws SQLException {
    return db.query(
        """
        select pid from pg_locks where not granted and relation = 'mq_jobs'::regclass
        """);
  }

  /** Has come when its thread waits for another one, without a session. */
  private Sender waiting(Callable<SendResult> send) throws SQLException {
    int before = blocked().size();
    Sender sender = Sender.start(send);
    await().atMost(20, SECONDS).until(sender::isParked);
    assertThat(blocked()).hasSize(before);
    return sender;
  }

  private record Sender(FutureTask<SendResult> task, Thread thread) {
    static Sender start(Callable<SendResult> send) {
      FutureTask<SendResult> task = new FutureTask<>(send);
      Thread thread = new Thread(task, "sender");
      thread.start();
      return new Sender(task, thread);
    }

    boolean isParked() {
      return Stream.of(thread.getStackTrace())
          .anyMatch(frame -> frame.getMethodName().equals("join"));
    }

    SendResult result() throws Exception {
      try {
        return task.get(60, SECONDS);
      } catch (ExecutionException e) {
        if (e.getCause() instanceof Error error) {
          throw error;
        }
        throw (Exception) e.getCause();
      }
    }
  }
}
