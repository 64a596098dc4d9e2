package io.jdbcmq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.job.IndeterminateException;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.testing.ChaosProxy;
import io.jdbcmq.testing.TestSchema;
import java.time.Duration;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;

/** A network that loses answers, or all of them. */
class NetworkIT {
  @RegisterExtension final TestSchema db = new TestSchema();

  private ChaosProxy proxy;
  private JobQueue through;

  @BeforeEach
  void aQueueThroughTheProxy() {
    PGSimpleDataSource direct = db.direct();
    proxy = db.closing(new ChaosProxy(direct.getPortNumbers()[0]));
    PGSimpleDataSource source = db.direct();
    source.setServerNames(new String[] {"127.0.0.1"});
    source.setPortNumbers(new int[] {proxy.port()});
    source.setPrepareThreshold(0);
    source.setConnectTimeout(1);
    through = JobQueue.builder(source).schema(db.name()).build();
  }

  @Test
  void jobsOfAClaimWhoseAnswerWasLostAreHandedBackAndRunWithTheirFirstAttempt() throws Exception {
    Queue<Integer> attempts = new ConcurrentLinkedQueue<>();
    JobRegistry jobs =
        JobRegistry.builder().handle("note", job -> attempts.add(job.attempt())).build();
    db.queue().send(JobRequest.of("note"));
    proxy.loseAnswerTo("mq_claim_v1");

    db.closing(through.runner(jobs).start());

    assertThat(proxy.lost().await(20, SECONDS)).isTrue();
    await().atMost(30, SECONDS).until(() -> db.count("mq_jobs") == 0);
    assertThat(attempts).containsExactly(1);
    assertThat(db.query("select last_value from mq_claim_seq")).containsExactly("2");
  }

  @Test
  void aCompletionWhoseAnswerWasLostIsRepeatedAndChangesNothing() throws Exception {
    Queue<Integer> attempts = new ConcurrentLinkedQueue<>();
    JobRegistry jobs =
        JobRegistry.builder().handle("note", job -> attempts.add(job.attempt())).build();
    db.queue().send(JobRequest.of("note"));
    proxy.loseAnswerTo("mq_complete_v1");

    JobRunner runner = db.closing(through.runner(jobs).start());

    assertThat(proxy.lost().await(20, SECONDS)).isTrue();
    assertThat(runner.shutdown(Duration.ofSeconds(20))).isTrue();
    assertThat(attempts).containsExactly(1);
    assertThat(db.count("mq_jobs")).isZero();
  }

  @Test
  void aHandlerWhoseCommitWasNotAnsweredIsNotRunAgainIfItHadTakenEffect() throws Exception {
    db.execute("create table effects (job_id uuid)");
    Queue<Integer> attempts = new ConcurrentLinkedQueue<>();
    JobRegistry jobs =
        JobRegistry.builder()
            .handleInTransaction(
                "effect",
                (job, connection) -> {
                  try (var insert =
                      connection.prepareStatement(
                          "insert into " + db.name() + ".effects values (?)")) {
                    insert.setObject(1, job.id());
                    insert.executeUpdate();
                  }
                  proxy.loseAnswerTo("COMMIT");
                  attempts.add(job.attempt()); // the test goes on: it may ask what was lost
                })
            .build();
    db.queue().send(JobRequest.of("effect"));

    JobRunner runner = db.closing(through.runner(jobs).start());

    await().atMost(20, SECONDS).until(() -> !attempts.isEmpty());
    assertThat(proxy.lost().await(20, SECONDS)).isTrue();
    await().atMost(30, SECONDS).until(() -> db.count("mq_jobs") == 0);
    assertThat(runner.shutdown(Duration.ofSeconds(20))).isTrue();
    assertThat(attempts).containsExactly(1);
    assertThat(db.count("effects")).isEqualTo(1);
  }

  @Test
  void aSendWhoseAnswerWasLostIsReportedAsIndeterminate() {
    UUID id = UUID.randomUUID();
    proxy.loseAnswerTo("mq_send_v1");
    assertThatThrownBy(() -> through.send(JobRequest.of("note").id(id)))
        .isInstanceOf(IndeterminateException.class)
        .hasMessageContaining(id.toString());
    assertThat(db.queue().exists(id)).isTrue();
  }

  @Test
  void aRunnerThatIsCutOffStopsBeforeItsJobsRunElsewhereAndComesBack() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    Queue<Integer> elsewhere = new ConcurrentLinkedQueue<>();
    JobRegistry hanging =
        JobRegistry.builder()
            .handle(
                "hang",
                job -> {
                  started.countDown();
                  try {
                    new CountDownLatch(1).await();
                  } catch (InterruptedException e) {
                    interrupted.countDown();
                    throw e;
                  }
                })
            .build();
    JobRunner cutOff = db.closing(through.runner(hanging).lease(Duration.ofSeconds(2)).start());
    UUID firstId = cutOff.id().orElseThrow();
    db.queue().send(JobRequest.of("hang").retry(RetryPolicy.of(1, Duration.ZERO)));
    assertThat(started.await(20, SECONDS)).isTrue();

    proxy.blackHole(true);
    JobRegistry working =
        JobRegistry.builder()
            .handle(
                "hang",
                job -> {
                  assertThat(interrupted.getCount()).isZero(); // the first run has stopped before
                  elsewhere.add(job.attempt());
                })
            .build();
    db.closing(db.queue().runner(working).lease(Duration.ofSeconds(2)).start());

    assertThat(interrupted.await(20, SECONDS)).isTrue();
    await().atMost(30, SECONDS).until(() -> db.count("mq_jobs") == 0);
    assertThat(elsewhere).containsExactly(2);

    proxy.blackHole(false);
    await()
        .atMost(30, SECONDS)
        .until(() -> cutOff.id().isPresent() && !cutOff.id().get().equals(firstId));
  }
}
