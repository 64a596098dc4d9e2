package io.jdbcmq.test;

import io.jdbcmq.JobQueue;
import io.jdbcmq.JobRegistry;
import io.jdbcmq.internal.runner.InlineRun;
import io.jdbcmq.internal.runner.InlineRunner;
import io.jdbcmq.internal.runner.KitAccess;
import io.jdbcmq.internal.sql.SqlErrors;
import io.jdbcmq.job.FailedAttempt;
import io.jdbcmq.job.JobState;
import io.jdbcmq.job.JobStatus;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Runs the jobs of a queue in the test's thread, one after the other.
 *
 * <p>A job is claimed, run and settled in the database as a runner does it: with its attempts,
 * checkpoints, backoff and dead letters, and within the queue's interceptors. What the handler
 * throws is part of the result. Each call blocks until its handlers have returned, and needs up to
 * three connections of the queue's data source at a time. Jobs of transactions that have not
 * committed are not seen.
 *
 * <p>Thread-safe as far as the handlers are. Errors of the database are {@link
 * io.jdbcmq.job.StorageException}.
 */
public final class TestJobs {
  private static final int LISTED = 10;

  private final JobQueue queue;
  private final TestClock clock;

  private TestJobs(JobQueue queue) {
    this.queue = queue;
    this.clock = TestClock.of(queue);
  }

  /** For a queue that was made elsewhere, by an application context for example. */
  public static TestJobs of(JobQueue queue) {
    return new TestJobs(queue);
  }

  /** The clock of the queue. */
  public TestClock clock() {
    return clock;
  }

  /**
   * Runs the job whose turn it is.
   *
   * @param channelNames the channel groups to look at; none: all
   * @throws AssertionError if no job is due; it tells which are there
   */
  public RunResult runNext(JobRegistry registry, String... channelNames) {
    List<String> channels = List.of(channelNames);
    return withRunner(registry, runner -> runner.runNext(channels))
        .orElseThrow(
            () ->
                new AssertionError(
                    "Expecting a job to be due, but none is"
                        + (channels.isEmpty() ? "" : " in " + channels)
                        + ". "
                        + StoredJobs.describe(StoredJobs.committed(queue))));
  }

  /**
   * Runs this job, also before others of its channel that would be served first. An ordered job has
   * to wait for its turn all the same.
   *
   * @throws AssertionError if it cannot run now; it tells why
   */
  public RunResult run(UUID id, JobRegistry registry) {
    JobStatus status =
        queue
            .find(id)
            .orElseThrow(
                () ->
                    new AssertionError(
                        "Expecting job %s to run, but there is none: it has ended, was never sent, or its transaction has not committed"
                            .formatted(id)));
    return withRunner(registry, runner -> runner.run(id, status.channel().name()))
        .orElseThrow(() -> new AssertionError(cannotRun(queue.find(id).orElse(status))));
  }

  /** Runs jobs, with those that they send, until none is due. See {@link Drain#all()}. */
  public Drained drain(JobRegistry registry) {
    return drain(registry, Drain.all());
  }

  /**
   * Runs jobs, with those that they send, until none is due. Jobs that wait for a time are left
   * waiting; {@link TestClock} lets it come.
   *
   * @throws AssertionError if that takes more runs than allowed; or when an attempt fails, if that
   *     was asked for: its cause is what the handler threw
   */
  public Drained drain(JobRegistry registry, Drain drain) {
    List<RunResult> runs = new ArrayList<>();
    try (InlineRunner runner = start(registry)) {
      Optional<InlineRun> run = runner.runNext(drain.channels());
      while (run.isPresent()) {
        RunResult result = result(run.get());
        runs.add(result);
        if (drain.failFast()
            && (result instanceof RunResult.Failed || result instanceof RunResult.Died)) {
          result.requireCompleted();
        }
        if (runs.size() == drain.maxRuns()) {
          requireDrained(drain, runs);
          break;
        }
        run = runner.runNext(drain.channels());
      }
    } catch (SQLException e) {
      throw SqlErrors.storage("draining the queue", e);
    }
    return new Drained(runs);
  }

  private void requireDrained(Drain drain, List<RunResult> runs) {
    List<StoredJob> due =
        StoredJobs.committed(queue).stream()
            .filter(job -> job.isReady() || job.isDueBy(clock.now()))
            .filter(
                job ->
                    drain.channels().isEmpty() || drain.channels().contains(job.channel().name()))
            .toList();
    if (due.isEmpty()) {
      return;
    }
    Map<String, Integer> counts = new LinkedHashMap<>();
    runs.forEach(run -> counts.merge(run.attempt().jobName(), 1, Integer::sum));
    String most =
        counts.entrySet().stream()
            .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
            .limit(LISTED)
            .map(count -> count.getKey() + ": " + count.getValue())
            .toList()
            .toString();
    throw new AssertionError(
        "Expecting the queue to be empty after %,d runs, but jobs are still due. Does a job send itself, or is it tried again without a backoff? If there are so many: Drain.all().maxRuns(…). Runs by job name: %s. %s"
            .formatted(runs.size(), most, StoredJobs.describe(due)));
  }

  private Optional<RunResult> withRunner(JobRegistry registry, Work work) {
    try (InlineRunner runner = start(registry)) {
      return work.run(runner).map(this::result);
    } catch (SQLException e) {
      throw SqlErrors.storage("running a job", e);
    }
  }

  private InlineRunner start(JobRegistry registry) throws SQLException {
    KitAccess.Keys keys = KitAccess.keys();
    return InlineRunner.start(keys.parts(queue), keys.handlers(queue, registry));
  }

  private RunResult result(InlineRun run) {
    return switch (run.end()) {
      case COMPLETED -> new RunResult.Completed(run.attempt(), run.error());
      case FAILED -> failed(run);
      case SNOOZED ->
          new RunResult.Snoozed(
              run.attempt(), waitsUntil(queue.find(run.attempt().jobId())), run.error());
      case NO_HANDLER -> new RunResult.NoHandler(run.attempt());
      case GONE -> new RunResult.Gone(run.attempt(), run.error());
      case UNDECIDED -> new RunResult.Undecided(run.attempt(), run.error());
      case HANDED_BACK ->
          throw new AssertionError(
              "Expecting %s to run, but there was no connection for its transaction: see the log"
                  .formatted(run.attempt()));
    };
  }

  private RunResult failed(InlineRun run) {
    Throwable error = run.error().orElseGet(() -> new IllegalStateException("no error is known"));
    Optional<JobStatus> status = queue.find(run.attempt().jobId());
    boolean isLive = status.filter(found -> found.state() != JobState.DEAD).isPresent();
    return isLive
        ? new RunResult.Failed(run.attempt(), error, waitsUntil(status))
        : new RunResult.Died(run.attempt(), error);
  }

  /** Without a backoff somebody may have made it ready again by now. */
  private Instant waitsUntil(Optional<JobStatus> status) {
    return status
        .flatMap(JobStatus::nextAttemptAt)
        .or(() -> status.flatMap(TestJobs::lastFailure))
        .orElseGet(clock::now);
  }

  private static Optional<Instant> lastFailure(JobStatus status) {
    List<FailedAttempt> failures = status.failedAttempts();
    return failures.isEmpty()
        ? Optional.empty()
        : Optional.of(failures.get(failures.size() - 1).failedAt());
  }

  private static String cannotRun(JobStatus status) {
    String why =
        switch (status.state()) {
          case READY -> "its channel is paused, or another transaction holds it";
          case DELAYED ->
              "it is delayed until %s: move the clock, as by clock().set(…)"
                  .formatted(status.nextAttemptAt().map(Instant::toString).orElse("later"));
          case RESERVED -> "it is reserved: commit it first";
          case PARKED -> "it waits behind another job of its ordered channel: run that first";
          case CLAIMED -> "a runner has it";
          case DEAD -> "it is a dead letter: redrive it first";
        };
    return "Expecting job %s named %s to run, but %s".formatted(status.id(), status.jobName(), why);
  }

  @FunctionalInterface
  private interface Work {
    Optional<InlineRun> run(InlineRunner runner) throws SQLException;
  }
}
