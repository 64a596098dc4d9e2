package io.jdbcmq.torture.check;

import io.jdbcmq.torture.check.Facts.Job;
import io.jdbcmq.torture.history.Event;
import io.jdbcmq.torture.history.Event.Outcome;
import io.jdbcmq.torture.history.Event.Result;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;

/**
 * How much has happened. A run in which some of these stayed at zero has shown little.
 *
 * @param acknowledged jobs whose sender was told that they will run
 * @param unanswered sends, commits and cancellations of which only the database knows what became
 * @param rolledBack jobs whose sender has rolled them back
 * @param failed jobs whose send has failed
 * @param runs handlers that have started
 * @param effects jobs that were completed in the transaction of their handler
 * @param refused completions that were refused, because the lease was lost
 * @param unansweredRuns completions that were not answered
 * @param takenOver jobs whose handler did not come to its end in one process, or was refused, and
 *     that have started again in another one
 * @param expired reservations that were gone when they should be committed
 * @param cancelled jobs that were cancelled
 * @param duplicates sends that found their unique key in use
 * @param staleCheckpoints checkpoints that were refused, because the lease was lost
 * @param unheard jobs that were sent while no runner could hear of them
 * @param passedBy handlers that started while somebody had locked rows of ready jobs
 */
public record Tally(
    long acknowledged,
    long unanswered,
    long rolledBack,
    long failed,
    long runs,
    long effects,
    long refused,
    long unansweredRuns,
    long takenOver,
    long expired,
    long cancelled,
    long duplicates,
    long staleCheckpoints,
    long unheard,
    long passedBy) {
  /** The fault during which no notification arrives. */
  public static final String DEAF = "deaf";

  /** The fault during which rows of ready jobs are locked. */
  public static final String ROW_LOCKS = "row-locks";

  static Tally of(Facts facts, List<Event> events) {
    Collection<Job> jobs = facts.jobs();
    return new Tally(
        count(jobs, Job::isAcknowledged),
        events.stream()
            .filter(event -> event instanceof Event.Ended end && end.result() == Result.UNKNOWN)
            .count(),
        count(jobs, job -> job.sending.result() == Result.ROLLED_BACK),
        count(
            jobs,
            job -> job.sending.result() == Result.FAILED || job.sending.result() == Result.ERROR),
        jobs.stream().mapToLong(job -> job.runs.size()).sum(),
        count(jobs, job -> !job.effects.isEmpty()),
        jobs.stream()
            .filter(job -> job.cancel.isEmpty())
            .flatMap(job -> job.runs.stream())
            .filter(run -> run.ended(Outcome.REFUSED))
            .count(),
        finished(events, Outcome.UNKNOWN),
        count(jobs, Tally::isTakenOver),
        count(jobs, job -> job.commit.filter(end -> end.result() == Result.ABSENT).isPresent()),
        count(jobs, job -> job.cancel.filter(end -> end.result().isDone()).isPresent()),
        count(jobs, job -> job.sending.result() == Result.ABSENT),
        events.stream()
            .filter(event -> event instanceof Event.Saved saved && saved.refused())
            .count(),
        unheard(jobs, Windows.of(events, DEAF)),
        passedBy(jobs, Windows.of(events, ROW_LOCKS)));
  }

  /** Whether too little has happened for anything to be told of it. */
  public boolean isEmpty() {
    return acknowledged == 0 || runs == 0 || effects == 0;
  }

  private static long unheard(Collection<Job> jobs, Windows windows) {
    return count(
        jobs,
        job ->
            job.sending.result() == Result.OK
                && windows.contain(job.sending.begun().nanos(), job.sending.endNanos()));
  }

  private static long passedBy(Collection<Job> jobs, Windows windows) {
    return jobs.stream()
        .flatMap(job -> job.runs.stream())
        .mapToLong(run -> run.started.nanos())
        .filter(nanos -> windows.contain(nanos, nanos))
        .count();
  }

  private static long count(Collection<Job> jobs, Predicate<Job> what) {
    return jobs.stream().filter(what).count();
  }

  private static long finished(List<Event> events, Outcome outcome) {
    return events.stream()
        .filter(event -> event instanceof Event.Finished end && end.outcome() == outcome)
        .count();
  }

  private static boolean isTakenOver(Job job) {
    return job.runs.stream()
        .filter(run -> run.finished == null || run.ended(Outcome.REFUSED))
        .anyMatch(
            run ->
                job.runs.stream()
                    .anyMatch(
                        next ->
                            next.started.attempt() > run.started.attempt()
                                && !next.started.process().equals(run.started.process())));
  }
}
