package io.jdbcmq.internal.runner;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.spi.JobEvent;
import io.jdbcmq.testing.TestSchema;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A failover can undo outcomes that were confirmed, while the lease goes on: what has started has
 * used its attempt. Here the rows of job and claim come back.
 */
class UndoneOutcomesIT {
  @RegisterExtension final TestSchema db = new TestSchema();

  private final Queue<Integer> attempts = new ConcurrentLinkedQueue<>();
  private final Queue<JobEvent.Rescued> rescued = new ConcurrentLinkedQueue<>();

  @Test
  void theNextAttemptFollows() throws Exception {
    undo(RetryPolicy.of(3, Duration.ofMillis(10)));

    await().atMost(60, SECONDS).until(() -> attempts.size() == 2 && db.count("mq_jobs") == 0);
    assertThat(attempts).containsExactly(1, 2);
    assertThat(db.count("mq_claims")).isZero();
  }

  @Test
  void theLastAttemptWasTheLast() throws Exception {
    undo(RetryPolicy.of(0, Duration.ofMillis(10)));

    await().atMost(60, SECONDS).until(() -> db.count("mq_dead") == 1);
    assertThat(attempts).containsExactly(1);
    assertThat(db.query("select error from mq_errors").get(0)).contains("was undone");
    await().atMost(20, SECONDS).untilAsserted(() -> assertThat(rescued).hasSize(1));
    assertThat(rescued.element().dead()).isTrue();
    assertThat(db.count("mq_claims")).isZero();
  }

  private void undo(RetryPolicy policy) throws Exception {
    JobQueue queue =
        JobQueue.builder(db.pool())
            .direct(db.direct())
            .schema(db.name())
            .listener(
                event -> {
                  if (event instanceof JobEvent.Rescued undone) {
                    rescued.add(undone);
                  }
                })
            .build();
    JobRegistry jobs =
        JobRegistry.builder()
            .handle(
                "job",
                job -> {
                  if (job.attempt() == 1) {
                    db.execute(
                        "create table old_jobs as select * from mq_jobs;"
                            + " create table old_claims as select * from mq_claims");
                  }
                  attempts.add(job.attempt());
                })
            .build();
    db.closing(queue.runner(jobs).start());
    queue.send(JobRequest.of("job").retry(policy));
    await()
        .atMost(20, SECONDS)
        .until(() -> attempts.size() == 1 && db.count("mq_jobs") + db.count("mq_claims") == 0);
    db.execute(
        "insert into mq_jobs overriding system value select * from old_jobs;"
            + " insert into mq_claims overriding system value select * from old_claims;"
            + " drop table old_jobs, old_claims");
  }
}
