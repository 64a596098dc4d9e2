package io.jdbcmq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.testing.RunnerProcess;
import io.jdbcmq.testing.TestSchema;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Runners in processes of their own, killed and paused. */
class ProcessIT {
  private static final Duration LEASE = Duration.ofSeconds(2);

  @RegisterExtension final TestSchema db = new TestSchema();

  @BeforeEach
  void effectsAreWrittenDown() throws Exception {
    // No unique constraint: an effect that is repeated must stay visible.
    db.execute("create table effects (job_id uuid, attempt int, pid bigint)");
  }

  @Test
  void eachEffectHappensOnceAlthoughARunnerIsKilledInTheMiddle() throws Exception {
    int jobs = 2_000;
    int beforeItHangs = 200;
    sendEffects(jobs);
    RunnerProcess victim = db.closing(RunnerProcess.startToHang(db, LEASE, beforeItHangs));
    String byTheVictim = "effects where pid = " + victim.pid();
    await().atMost(60, SECONDS).until(() -> db.count(byTheVictim) == beforeItHangs);
    db.closing(RunnerProcess.start(db, LEASE));
    await().atMost(60, SECONDS).until(() -> db.count("effects") > beforeItHangs);
    victim.kill();

    await().atMost(60, SECONDS).until(() -> db.count("mq_jobs") == 0);
    assertThat(db.query("select count(distinct job_id) || ' of ' || count(*) from effects"))
        .containsExactly(jobs + " of " + jobs);
    assertThat(db.count("effects where attempt > 1")).isPositive(); // taken over
    assertThat(db.count("mq_dead")).isZero();
  }

  @Test
  void theLateCompletionOfARunnerThatWasPausedForLongerThanItsLeaseIsRefused() throws Exception {
    sendEffects(10);
    RunnerProcess paused = db.closing(RunnerProcess.startToHang(db, LEASE, 0));
    String openEffects = "pg_locks where granted and relation = 'effects'::regclass";
    await().atMost(60, SECONDS).until(() -> db.count(openEffects) == 10);
    paused.pause();

    // The other one takes the jobs over and runs them, while the paused one still holds open
    // transactions with the effects of its own runs.
    db.closing(RunnerProcess.start(db, LEASE));
    await().atMost(60, SECONDS).until(() -> db.count("mq_jobs") == 0);
    paused.release();
    paused.resume();

    await().atMost(30, SECONDS).until(() -> paused.log().contains("has lost its lease"));
    await()
        .atMost(30, SECONDS)
        .until(() -> paused.log().contains("stopped: it has lost its lease"));
    assertThat(db.query("select count(distinct job_id) || ' of ' || count(*) from effects"))
        .containsExactly("10 of 10");
    assertThat(db.count("effects where attempt = 2")).isEqualTo(10);
    // It goes on under a new id, and works.
    await().atMost(30, SECONDS).until(() -> db.count("mq_runners") == 2);
  }

  @Test
  void aRunnerWorksThroughMuchMoreThanItsMemoryHolds() throws Exception {
    int lists = 20;
    int each = 10;
    byte[] mebibyte = new byte[1 << 20];
    new Random(1).nextBytes(mebibyte);
    List<JobRequest> list = Collections.nCopies(each, JobRequest.of("effect").bytes(mebibyte));
    for (int i = 0; i < lists; i++) {
      db.queue().send(list);
    }

    RunnerProcess runner = db.closing(RunnerProcess.start(db, LEASE));

    await().atMost(60, SECONDS).until(() -> db.count("mq_jobs") == 0);
    assertThat(db.query("select count(distinct job_id) || ' of ' || count(*) from effects"))
        .containsExactly(lists * each + " of " + lists * each);
    assertThat(runner.log()).doesNotContain("OutOfMemoryError", "has lost its lease");
  }

  private void sendEffects(int jobs) {
    RetryPolicy soon = RetryPolicy.of(3, Duration.ofMillis(10));
    db.queue()
        .send(IntStream.range(0, jobs).mapToObj(i -> JobRequest.of("effect").retry(soon)).toList());
  }
}
