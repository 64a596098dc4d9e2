package io.jdbcmq.test;

import io.jdbcmq.job.Attempt;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** What became of a job that was run in the test's thread. */
public sealed interface RunResult {
  /** The attempt that was run. */
  Attempt attempt();

  /** What the handler threw, or why the attempt failed although it threw nothing. */
  Optional<Throwable> thrown();

  /** The id of the job. */
  default UUID jobId() {
    return attempt().jobId();
  }

  /**
   * Insists that the job is completed.
   *
   * @throws AssertionError if it is not; its cause is what the handler threw
   */
  default Completed requireCompleted() {
    if (this instanceof Completed completed) {
      return completed;
    }
    throw new AssertionError(
        "Expecting job %s named %s to be completed by attempt %d, but it %s"
            .formatted(jobId(), attempt().jobName(), attempt().number(), outcome()),
        thrown().orElse(null));
  }

  /** In words, to follow «the job»; without what the handler threw. */
  private String outcome() {
    if (this instanceof Failed failed) {
      return "failed and is tried again at " + failed.nextAttemptAt();
    }
    if (this instanceof Died) {
      return "failed for the last time: it is a dead letter";
    }
    if (this instanceof Snoozed snoozed) {
      return "was snoozed until " + snoozed.until();
    }
    if (this instanceof NoHandler) {
      return "has no handler in this registry, and went back to the queue";
    }
    if (this instanceof Gone) {
      return "was cancelled, cleared or taken over while it ran";
    }
    return "is locked by a transaction that is still open: end it before the handler returns";
  }

  /**
   * The job is completed and gone.
   *
   * @param attempt the attempt that was run
   * @param thrown what the handler threw after it had completed the job by itself
   */
  record Completed(Attempt attempt, Optional<Throwable> thrown) implements RunResult {}

  /**
   * The attempt failed, and the job waits for the next one.
   *
   * @param attempt the attempt that was run
   * @param error why
   * @param nextAttemptAt when the job is due again, by the database's clock
   */
  record Failed(Attempt attempt, Throwable error, Instant nextAttemptAt) implements RunResult {
    @Override
    public Optional<Throwable> thrown() {
      return Optional.of(error);
    }
  }

  /**
   * The attempt failed, and the job is a dead letter: it was the last one, or the handler gave up.
   *
   * @param attempt the attempt that was run
   * @param error why
   */
  record Died(Attempt attempt, Throwable error) implements RunResult {
    @Override
    public Optional<Throwable> thrown() {
      return Optional.of(error);
    }
  }

  /**
   * The handler put the job off.
   *
   * @param attempt the attempt that was run, and that will be run again
   * @param until when the job is due again, by the database's clock
   * @param thrown what the handler threw after it had put the job off by itself
   */
  record Snoozed(Attempt attempt, Instant until, Optional<Throwable> thrown) implements RunResult {}

  /**
   * The registry has no handler for the job: it went back without using an attempt, and waits for a
   * while, as it does with a runner.
   *
   * @param attempt the attempt that could not be run
   */
  record NoHandler(Attempt attempt) implements RunResult {
    @Override
    public Optional<Throwable> thrown() {
      return Optional.empty();
    }
  }

  /**
   * The run is no longer the current one: its job was cancelled or cleared while it ran, or
   * somebody else has settled it.
   *
   * @param attempt the attempt that was run
   * @param thrown what the handler threw
   */
  record Gone(Attempt attempt, Optional<Throwable> thrown) implements RunResult {}

  /**
   * Somebody has locked the job: most often the handler has settled it on a connection whose
   * transaction is still open. A runner would ask again until it is not. Here the run ends with its
   * lease: if the transaction is rolled back, a rescue counts the attempt as failed.
   *
   * @param attempt the attempt that was run
   * @param thrown what the handler threw
   */
  record Undecided(Attempt attempt, Optional<Throwable> thrown) implements RunResult {}
}
