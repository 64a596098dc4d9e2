package io.jdbcmq.torture.check;

import io.jdbcmq.torture.check.Facts.Job;
import io.jdbcmq.torture.history.Event;
import io.jdbcmq.torture.history.Event.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.LongSummaryStatistics;

/**
 * How a part of a run went. What stays the same from part to part does not grow with time.
 *
 * @param fromSecond since the beginning of the run
 * @param sent jobs whose send was acknowledged
 * @param started runs
 * @param medianMs half of the jobs that could start at once did so within this time after their
 *     send had begun; 0 if there was none
 * @param p99Ms all but one in a hundred
 * @param heapKb what runners had in use after a collection: the median, since some handlers take
 *     all there is
 * @param threads most threads of a runner
 * @param tablesKb largest size of the tables whose rows come and go, with their indexes
 * @param deadKb largest size of the tables that keep dead letters and their errors
 * @param live most live jobs
 */
public record Timeline(
    long fromSecond,
    long sent,
    long started,
    long medianMs,
    long p99Ms,
    long heapKb,
    long threads,
    long tablesKb,
    long deadKb,
    long live) {
  private static final int PARTS = 12;
  private static final long SECOND = 1_000_000_000L;

  static List<Timeline> of(Facts facts, List<Event> events, List<Sample> samples) {
    LongSummaryStatistics sending =
        facts.jobs().stream().mapToLong(job -> job.sending.begun().nanos()).summaryStatistics();
    if (sending.getCount() == 0) {
      return List.of();
    }
    long begin = sending.getMin();
    long length = Math.max(SECOND, (sending.getMax() - begin) / PARTS + 1);
    List<Timeline> parts = new ArrayList<>();
    for (long from = begin; from <= sending.getMax(); from += length) {
      parts.add(part(facts, events, samples, begin, from, from + length));
    }
    return parts;
  }

  private static Timeline part(
      Facts facts, List<Event> events, List<Sample> samples, long begin, long from, long to) {
    long[] latencies =
        facts.jobs().stream()
            .filter(Timeline::couldStartAtOnce)
            .filter(job -> isWithin(job.sending.begun().nanos(), from, to))
            .mapToLong(job -> job.runs.get(0).started.nanos() - job.sending.begun().nanos())
            .sorted()
            .toArray();
    List<Event.Health> health =
        events.stream()
            .filter(event -> isWithin(event.nanos(), from, to))
            .filter(Event.Health.class::isInstance)
            .map(Event.Health.class::cast)
            .toList();
    List<Sample> seen =
        samples.stream().filter(sample -> isWithin(sample.nanos(), from, to)).toList();
    return new Timeline(
        (from - begin) / SECOND,
        facts.jobs().stream()
            .filter(Job::isAcknowledged)
            .filter(job -> isWithin(job.sending.begun().nanos(), from, to))
            .count(),
        facts.jobs().stream()
            .flatMap(job -> job.runs.stream())
            .filter(run -> isWithin(run.started.nanos(), from, to))
            .count(),
        quantileMs(latencies, 0.5),
        quantileMs(latencies, 0.99),
        quantile(health.stream().mapToLong(Event.Health::heapKb).sorted().toArray(), 0.5),
        health.stream().mapToLong(Event.Health::threads).max().orElse(0),
        seen.stream().mapToLong(sample -> sample.liveBytes() / 1024).max().orElse(0),
        seen.stream().mapToLong(sample -> sample.deadBytes() / 1024).max().orElse(0),
        seen.stream().mapToLong(Sample::live).max().orElse(0));
  }

  private static boolean couldStartAtOnce(Job job) {
    return job.sending.result() == Result.OK
        && job.sent.delayMs() == 0
        && job.sent.orderedIn().isEmpty()
        && !job.runs.isEmpty();
  }

  private static boolean isWithin(long nanos, long from, long to) {
    return nanos >= from && nanos < to;
  }

  private static long quantileMs(long[] sortedNanos, double quantile) {
    return quantile(sortedNanos, quantile) / 1_000_000;
  }

  private static long quantile(long[] sorted, double quantile) {
    return sorted.length == 0 ? 0 : sorted[(int) Math.ceil(quantile * sorted.length) - 1];
  }
}
