package io.jdbcmq.opentelemetry;

import static io.jdbcmq.opentelemetry.AttributeSets.ABSENT;

import io.jdbcmq.job.Attempt;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.SendResult;
import io.jdbcmq.spi.JobEvent;
import io.jdbcmq.spi.JobEvent.Result;
import io.jdbcmq.spi.JobListener;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.Attributes;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Counts and times what a queue and its runners do, under the names of OpenTelemetry's conventions
 * for messaging and, where these have none, under {@code jdbcmq.…}. To be given to the builder of
 * the queue. Thread-safe; does not block.
 *
 * <p>The attribute {@code messaging.destination.name} is the name of the channel, never its args.
 * For channels, jobs and errors there are 200 values each at most: further ones share {@code
 * other}.
 */
public final class QueueMetrics implements JobListener {
  private final BoundedNames channels = new BoundedNames(BoundedNames.MAX);
  private final BoundedNames jobs = new BoundedNames(BoundedNames.MAX);
  private final BoundedNames errors = new BoundedNames(BoundedNames.MAX);
  private final Set<UUID> leases = ConcurrentHashMap.newKeySet();
  private final Instruments instruments;
  private final Attributes common;
  private final AttributeSets sent;
  private final AttributeSets operation;
  private final AttributeSets process;
  private final AttributeSets byChannel;
  private final AttributeSets byResult;

  /** Metrics of this meter provider. */
  public QueueMetrics(OpenTelemetry openTelemetry) {
    this(openTelemetry, Attributes.empty());
  }

  /**
   * Metrics with attributes of their own.
   *
   * @param attributes what tells queues in one process apart, the schema for example
   */
  public QueueMetrics(OpenTelemetry openTelemetry, Attributes attributes) {
    instruments = new Instruments(openTelemetry.getMeter(Keys.SCOPE));
    common = attributes;
    Attributes system = attributes.toBuilder().put(Keys.SYSTEM, Keys.JDBCMQ).build();
    sent = new AttributeSets(system, List.of(Keys.OPERATION_NAME, Keys.CHANNEL, Keys.ERROR));
    operation =
        new AttributeSets(
            system, List.of(Keys.OPERATION_NAME, Keys.OPERATION_TYPE, Keys.CHANNEL, Keys.ERROR));
    process =
        new AttributeSets(
            system, List.of(Keys.OPERATION_NAME, Keys.CHANNEL, Keys.JOB, Keys.RESULT, Keys.ERROR));
    byChannel = new AttributeSets(attributes, List.of(Keys.CHANNEL, Keys.JOB, Keys.RESULT));
    byResult = new AttributeSets(attributes, List.of(Keys.RESULT));
  }

  @Override
  public void on(JobEvent event) {
    if (event instanceof JobEvent.Sent stored) {
      sent(stored.requests(), ABSENT, stored.took());
      duplicates(stored);
    } else if (event instanceof JobEvent.SendFailed failed) {
      sent(failed.requests(), error(Optional.of(failed.error())), failed.took());
    } else if (event instanceof JobEvent.Polled polled) {
      polled(polled);
    } else if (event instanceof JobEvent.CallFailed failed) {
      String error = error(Optional.of(failed.error()));
      instruments.operation.record(
          seconds(failed.took()), operation.of(failed.operation(), ABSENT, ABSENT, error));
    } else if (event instanceof JobEvent.Started started) {
      instruments.consumed.add(1, sent.of("process", channel(started.attempt()), ABSENT));
    } else if (event instanceof JobEvent.Ended ended) {
      ended(ended);
    } else if (event instanceof JobEvent.Settled settled) {
      settled(settled);
    } else if (event instanceof JobEvent.Died died) {
      String job = jobs.of(died.attempt().jobName());
      instruments.died.add(1, byChannel.of(channel(died.attempt()), job, ABSENT));
    } else if (event instanceof JobEvent.Rescued rescued) {
      rescued(rescued);
    } else {
      lease(event);
    }
  }

  private void sent(List<JobRequest> requests, String error, Duration took) {
    String shared = channel(requests.get(0));
    String current = shared;
    int count = 0;
    for (JobRequest request : requests) { // lists are long, and mostly to one channel
      String channel = channel(request);
      if (!channel.equals(current)) {
        instruments.sent.add(count, sent.of("send", current, error));
        shared = ABSENT;
        current = channel;
        count = 0;
      }
      count++;
    }
    instruments.sent.add(count, sent.of("send", current, error));
    instruments.operation.record(seconds(took), operation.of("send", "send", shared, error));
  }

  private void duplicates(JobEvent.Sent stored) {
    for (int i = 0; i < stored.results().size(); i++) {
      if (stored.results().get(i) instanceof SendResult.Duplicate) {
        String channel = channel(stored.requests().get(i));
        instruments.duplicates.add(1, byChannel.of(channel, ABSENT, ABSENT));
      }
    }
  }

  private void polled(JobEvent.Polled polled) {
    instruments.operation.record(
        seconds(polled.took()), operation.of("claim", "receive", ABSENT, ABSENT));
    instruments.wanted.record(polled.wanted(), common);
    instruments.claimed.record(polled.claimed(), common);
    if (polled.claimed() == 0) {
      instruments.emptyPolls.add(1, common);
    }
  }

  private void ended(JobEvent.Ended ended) {
    String channel = channel(ended.attempt());
    String result = word(ended.result());
    if (ended.result() == Result.UNKNOWN || ended.result() == Result.HANDED_BACK) {
      instruments.returned.add(1, byChannel.of(channel, ABSENT, result));
      return; // there was no handling to be timed
    }
    String job = jobs.of(ended.attempt().jobName());
    instruments.process.record(
        seconds(ended.took()), process.of("process", channel, job, result, error(ended.error())));
  }

  private void settled(JobEvent.Settled settled) {
    String result = word(settled.result());
    instruments.operation.record(
        seconds(settled.took()), operation.of(result, "settle", ABSENT, ABSENT));
    instruments.settled.add(settled.jobs(), byResult.of(result));
  }

  private void rescued(JobEvent.Rescued rescued) {
    instruments.rescued.add(1, common);
    if (rescued.dead()) { // told as a rescue only
      instruments.died.add(1, common);
    }
  }

  private void lease(JobEvent event) {
    if (event instanceof JobEvent.LeaseTaken taken) {
      if (leases.add(taken.runnerId())) {
        instruments.leasesHeld.add(1, common);
      }
    } else if (event instanceof JobEvent.LeaseRenewed renewed) {
      instruments.renewal.record(seconds(renewed.took()), common);
    } else if (event instanceof JobEvent.LeaseLost lost) {
      instruments.leasesLost.add(1, common);
      gone(lost.runnerId());
    } else if (event instanceof JobEvent.LeaseEnded ended) {
      gone(ended.runnerId());
    }
  }

  private void gone(UUID runnerId) {
    if (leases.remove(runnerId)) {
      instruments.leasesHeld.add(-1, common);
    }
  }

  private String channel(JobRequest request) {
    return channels.of(request.channel().name());
  }

  private String channel(Attempt attempt) {
    return channels.of(attempt.channel().name());
  }

  private String error(Optional<? extends Throwable> error) {
    return error.isEmpty() ? ABSENT : errors.of(error.get().getClass().getName());
  }

  private static String word(Result result) {
    return result.name().toLowerCase(Locale.ROOT);
  }

  private static double seconds(Duration took) {
    return took.toNanos() / 1e9;
  }
}
