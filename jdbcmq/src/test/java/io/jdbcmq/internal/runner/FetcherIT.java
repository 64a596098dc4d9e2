package io.jdbcmq.internal.runner;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.internal.events.Events;
import io.jdbcmq.internal.notify.WorkSignal;
import io.jdbcmq.internal.sql.ClaimCalls;
import io.jdbcmq.internal.sql.ClaimedJob;
import io.jdbcmq.internal.sql.Database;
import io.jdbcmq.internal.sql.RunKey;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.testing.TestSchema;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What becomes of claims that the fetcher finds and nobody here knows. */
class FetcherIT {
  private static final UUID RUNNER = UUID.randomUUID();
  private static final Duration WAIT = Duration.ofSeconds(30);

  @RegisterExtension final TestSchema db = new TestSchema();

  private final AtomicReference<Optional<UUID>> lease = new AtomicReference<>(Optional.of(RUNNER));
  private final Queue<Long> handedBack = new ConcurrentLinkedQueue<>();

  /** A claim; then the lease ends, so that the next one fails and the fetcher looks for its own. */
  @BeforeEach
  void claim() throws Exception {
    db.queue().send(JobRequest.of("any"));
    db.execute(
        "select mq_register_runner_v1('%s', 60000, 1, 'host', 'version', null)".formatted(RUNNER));
    db.execute("select mq_claim_v1('%s', null, '', 1, 0)".formatted(RUNNER));
    db.execute("update mq_runners set lease_ends_at = mq_now()");
    assertThat(db.count("mq_claims")).isEqualTo(1);
  }

  @Test
  void aClaimWhoseAnswerWasLostIsHandedBack() throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    fetchUntil(done, new Sink(() -> false, done::countDown));
    assertThat(handedBack).hasSize(1);
  }

  /**
   * A runner that loses its lease forgets its runs, which have started: they are rescued, and have
   * used an attempt.
   */
  @Test
  void aClaimThatWasForgottenWithTheLeaseIsLeftToTheRescue() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    fetchUntil(
        asked,
        new Sink(
            () -> {
              lease.set(Optional.empty());
              asked.countDown();
              return false;
            },
            () -> {}));
    assertThat(handedBack).isEmpty();
  }

  private void fetchUntil(CountDownLatch happened, Sink sink) throws InterruptedException {
    WorkSignal signal = new WorkSignal();
    Fetcher fetcher =
        new Fetcher(
            new RunnerSettings(
                List.of(), 1, 1, WAIT, Duration.ofMillis(10), true, true, Duration.ZERO),
            Database.of(db.pool()),
            new ClaimCalls(db.schema()),
            lease::get,
            new Slots(1, 1, signal),
            signal,
            sink,
            new Events(List.of()));
    fetcher.start();
    assertThat(happened.await(WAIT.toSeconds(), SECONDS)).isTrue();
    assertThat(fetcher.close(WAIT)).isTrue();
  }

  private final class Sink implements Fetcher.Sink {
    private final Supplier<Boolean> knows;
    private final Runnable onHandBack;

    Sink(Supplier<Boolean> knows, Runnable onHandBack) {
      this.knows = knows;
      this.onHandBack = onHandBack;
    }

    @Override
    public void start(UUID runnerId, long claimId, List<ClaimedJob> jobs) {
      throw new AssertionError("there is nothing to claim");
    }

    @Override
    public boolean knows(long claimId) {
      return knows.get();
    }

    @Override
    public void reconcile(UUID runnerId, long claimId, List<RunKey> runs) {
      handedBack.add(claimId);
      onHandBack.run();
    }
  }
}
