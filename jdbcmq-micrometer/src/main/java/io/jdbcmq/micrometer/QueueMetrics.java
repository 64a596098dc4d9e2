package io.jdbcmq.micrometer;

import static io.jdbcmq.micrometer.Names.JDBCMQ;
import static io.jdbcmq.micrometer.Names.NONE;

import io.jdbcmq.job.Attempt;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.SendResult;
import io.jdbcmq.spi.JobEvent;
import io.jdbcmq.spi.JobEvent.Result;
import io.jdbcmq.spi.JobListener;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Counts and times what a queue and its runners do, under the names of OpenTelemetry's conventions
 * for messaging and, where these have none, under {@code jdbcmq.…}. To be given to the builder of
 * the queue. Thread-safe; does not block.
 *
 * <p>The tag {@code messaging.destination.name} is the name of the channel, never its args. For
 * channels, jobs and errors there are 200 values each at most: further ones share {@code other}. A
 * tag that does not apply has the value {@code none}.
 */
public final class QueueMetrics implements JobListener {
  private final BoundedNames channels = new BoundedNames(BoundedNames.MAX);
  private final BoundedNames jobs = new BoundedNames(BoundedNames.MAX);
  private final BoundedNames errors = new BoundedNames(BoundedNames.MAX);
  private final Meters meters;
  private final LeaseMetrics leases;

  /** Metrics in this registry. */
  public QueueMetrics(MeterRegistry registry) {
    this(registry, Tags.empty());
  }

  /**
   * Metrics with tags of their own.
   *
   * @param tags what tells queues in one registry apart, the schema for example
   */
  public QueueMetrics(MeterRegistry registry, Iterable<Tag> tags) {
    meters = new Meters(registry, Tags.of(tags));
    leases = new LeaseMetrics(registry, Tags.of(tags));
  }

  @Override
  public void on(JobEvent event) {
    if (event instanceof JobEvent.Sent sent) {
      sent(sent.requests(), NONE, sent.took());
      duplicates(sent);
    } else if (event instanceof JobEvent.SendFailed failed) {
      sent(failed.requests(), error(Optional.of(failed.error())), failed.took());
    } else if (event instanceof JobEvent.Polled polled) {
      polled(polled);
    } else if (event instanceof JobEvent.CallFailed failed) {
      String error = error(Optional.of(failed.error()));
      meters.operation.of(JDBCMQ, failed.operation(), NONE, NONE, error).record(failed.took());
    } else if (event instanceof JobEvent.Started started) {
      meters.consumed.of(JDBCMQ, "process", channel(started.attempt())).increment();
    } else if (event instanceof JobEvent.Ended ended) {
      ended(ended);
    } else if (event instanceof JobEvent.Settled settled) {
      settled(settled);
    } else if (event instanceof JobEvent.Died died) {
      meters.died.of(channel(died.attempt()), jobs.of(died.attempt().jobName())).increment();
    } else if (event instanceof JobEvent.Rescued rescued) {
      rescued(rescued);
    } else {
      leases.on(event);
    }
  }

  private void sent(List<JobRequest> requests, String error, Duration took) {
    String common = channel(requests.get(0));
    String current = common;
    int count = 0;
    for (JobRequest request : requests) { // lists are long, and mostly to one channel
      String channel = channel(request);
      if (!channel.equals(current)) {
        meters.sent.of(JDBCMQ, "send", current, error).increment(count);
        common = NONE;
        current = channel;
        count = 0;
      }
      count++;
    }
    meters.sent.of(JDBCMQ, "send", current, error).increment(count);
    meters.operation.of(JDBCMQ, "send", "send", common, error).record(took);
  }

  private void duplicates(JobEvent.Sent sent) {
    for (int i = 0; i < sent.results().size(); i++) {
      if (sent.results().get(i) instanceof SendResult.Duplicate) {
        meters.duplicates.of(channel(sent.requests().get(i))).increment();
      }
    }
  }

  private void polled(JobEvent.Polled polled) {
    meters.operation.of(JDBCMQ, "claim", "receive", NONE, NONE).record(polled.took());
    meters.wanted.record(polled.wanted());
    meters.claimed.record(polled.claimed());
    if (polled.claimed() == 0) {
      meters.emptyPolls.increment();
    }
  }

  private void ended(JobEvent.Ended ended) {
    String channel = channel(ended.attempt());
    String result = word(ended.result());
    if (ended.result() == Result.UNKNOWN || ended.result() == Result.HANDED_BACK) {
      meters.returned.of(channel, result).increment();
      return; // there was no handling to be timed
    }
    String job = jobs.of(ended.attempt().jobName());
    meters
        .process
        .of(JDBCMQ, "process", channel, job, result, error(ended.error()))
        .record(ended.took());
  }

  private void settled(JobEvent.Settled settled) {
    String result = word(settled.result());
    meters.operation.of(JDBCMQ, result, "settle", NONE, NONE).record(settled.took());
    meters.settled.of(result).increment(settled.jobs());
  }

  private void rescued(JobEvent.Rescued rescued) {
    meters.rescued.increment();
    if (rescued.dead()) { // told as a rescue only
      meters.died.of(NONE, NONE).increment();
    }
  }

  private String channel(JobRequest request) {
    return channels.of(request.channel().name());
  }

  private String channel(Attempt attempt) {
    return channels.of(attempt.channel().name());
  }

  private String error(Optional<? extends Throwable> error) {
    return error.isEmpty() ? NONE : errors.of(error.get().getClass().getName());
  }

  private static String word(Result result) {
    return result.name().toLowerCase(Locale.ROOT);
  }
}
