package io.jdbcmq.test;

import io.jdbcmq.internal.runner.KitAccess;
import io.jdbcmq.job.JobState;
import io.jdbcmq.job.JobType;
import io.jdbcmq.job.PayloadException;
import io.jdbcmq.job.PayloadType;
import io.jdbcmq.spi.PayloadCodec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Assertions about jobs that were found. Each one keeps those that fit, and breaks if there are
 * none: so a chain is about one and the same job.
 */
public final class SentJobsAssert {
  private static final String AS_EXPECTED = " with a payload as expected";

  private final QueueAssert queue;
  private final List<StoredJob> jobs;
  private final String wanted;

  SentJobsAssert(QueueAssert queue, List<StoredJob> jobs, String wanted) {
    this.queue = queue;
    this.jobs = List.copyOf(jobs);
    this.wanted = wanted;
  }

  /** In a channel group of this name, whatever the channel's args. */
  public SentJobsAssert inChannel(String name) {
    return keep(
        "in a channel named " + name,
        job -> job.channel().name().equals(name),
        SentJobsAssert::channelOf);
  }

  /** In the channel of these args in the group of this name. */
  public SentJobsAssert inChannel(String name, String args) {
    return keep(
        "in channel " + name + "/" + args,
        job -> job.channel().name().equals(name) && job.channel().args().equals(args),
        SentJobsAssert::channelOf);
  }

  private static String channelOf(StoredJob job) {
    return StoredJob.text(job.channel());
  }

  /** In this state now. */
  public SentJobsAssert inState(JobState state) {
    return keep(
        "that is " + state.name().toLowerCase(Locale.ROOT),
        job -> job.state() == state,
        job -> job.state().name().toLowerCase(Locale.ROOT));
  }

  /**
   * Sent with this delay, or with a moment that was so far away; zero: due at once. A delay of a
   * second less may count as the same. Breaks for a dead letter, of which it is not kept.
   */
  public SentJobsAssert delayedBy(Duration delay) {
    return keep("delayed by " + delay, job -> job.isDelayedBy(delay), StoredJob::delayText);
  }

  /**
   * Sent with exactly this moment to run at the earliest. Breaks for a dead letter, of which it is
   * not kept.
   */
  public SentJobsAssert runningAt(Instant moment) {
    return keep(
        "to run at " + moment,
        job -> job.runAt().equals(Optional.of(moment)),
        StoredJob::runAtText);
  }

  /** In strict order within its channel. */
  public SentJobsAssert ordered() {
    return keep("in strict order", StoredJob::ordered, job -> "not ordered");
  }

  /** Not in strict order within its channel. */
  public SentJobsAssert notOrdered() {
    return keep("without order", job -> !job.ordered(), job -> "ordered");
  }

  /** With this priority. */
  public SentJobsAssert withPriority(int priority) {
    return keep(
        "with priority " + priority,
        job -> job.priority() == priority,
        job -> "priority " + job.priority());
  }

  /** With this unique key. */
  public SentJobsAssert withUniqueKey(String key) {
    return keep(
        "with unique key " + key,
        job -> job.uniqueKey().equals(Optional.of(key)),
        job -> job.uniqueKey().map(other -> "unique key " + other).orElse("no unique key"));
  }

  /** With this header. */
  public SentJobsAssert withHeader(String key, String value) {
    return keep(
        "with header " + key + "=" + value,
        job -> value.equals(job.headers().get(key)),
        job -> {
          String other = job.headers().get(key);
          return other == null ? "no header " + key : key + "=" + other;
        });
  }

  /**
   * With a payload equal to this one, once decoded by the queue's codec as an object of its class;
   * a {@code byte[]} is compared with the binary payload. The message does not show payloads.
   */
  public SentJobsAssert withPayload(Object expected) {
    PayloadType<?> type = PayloadType.of(expected.getClass());
    return withPayload(
        type,
        actual -> {
          boolean equal =
              expected instanceof byte[] bytes
                  ? Arrays.equals(bytes, (byte[]) actual)
                  : expected.equals(actual);
          if (!equal) {
            throw new AssertionError("its payload is not equal to the expected one");
          }
        });
  }

  /** With a payload that these assertions are content with, decoded by the queue's codec. */
  public <T> SentJobsAssert withPayload(Class<T> type, Consumer<? super T> assertions) {
    return withPayload(PayloadType.of(type), assertions);
  }

  /** With a payload that these assertions are content with, decoded as this type's. */
  public <T> SentJobsAssert withPayload(JobType<T> type, Consumer<? super T> assertions) {
    return withPayload(type.payload(), assertions);
  }

  /** With a payload that these assertions are content with, decoded by the queue's codec. */
  public <T> SentJobsAssert withPayload(PayloadType<T> type, Consumer<? super T> assertions) {
    PayloadCodec codec = KitAccess.keys().parts(queue.queue()).codec();
    List<StoredJob> fitting = new ArrayList<>();
    List<Throwable> complaints = new ArrayList<>();
    for (StoredJob job : jobs) {
      try {
        assertions.accept(decoded(job, type, codec));
        fitting.add(job);
      } catch (AssertionError | PayloadException e) {
        complaints.add(e);
      }
    }
    String narrowed = wanted.endsWith(AS_EXPECTED) ? wanted : wanted + AS_EXPECTED;
    if (fitting.isEmpty()) {
      AssertionError broken = queue.broken(message(narrowed, texts(complaints)));
      complaints.forEach(broken::addSuppressed);
      throw broken;
    }
    return new SentJobsAssert(queue, fitting, narrowed);
  }

  /** So many of them, and no more. */
  public SentJobsAssert times(int count) {
    if (jobs.size() != count) {
      throw queue.broken(
          "Expecting %s %s, but found %s. %s"
              .formatted(
                  wanted,
                  count == 1 ? "once" : count + " times",
                  jobs.size(),
                  StoredJobs.describe(jobs)));
    }
    return this;
  }

  /** One of them, and no more. */
  public SentJobsAssert once() {
    return times(1);
  }

  /** The id of the only one, to run it for example. */
  public UUID id() {
    return once().jobs.get(0).id();
  }

  /** Back to the queue, for assertions about other jobs. */
  public QueueAssert and() {
    return queue;
  }

  @SuppressWarnings("unchecked") // the binary payload is what byte[] asks for
  private static <T> T decoded(StoredJob job, PayloadType<T> type, PayloadCodec codec) {
    try {
      if (type.isBinary()) {
        return (T)
            job.bytes().orElseThrow(() -> new PayloadException("it has no binary payload")).clone();
      }
      String json = job.json().orElseThrow(() -> new PayloadException("it has no JSON payload"));
      return codec.decode(json, type);
    } catch (PayloadException e) {
      throw e;
    } catch (Exception e) {
      throw new PayloadException("its payload cannot be decoded as " + type, e);
    }
  }

  private SentJobsAssert keep(
      String property, Predicate<StoredJob> fits, Function<StoredJob, String> found) {
    String narrowed = wanted + " " + property;
    List<StoredJob> fitting = jobs.stream().filter(fits).toList();
    if (fitting.isEmpty()) {
      throw queue.broken(message(narrowed, jobs.stream().map(found).toList()));
    }
    return new SentJobsAssert(queue, fitting, narrowed);
  }

  private String message(String expected, List<String> found) {
    Set<String> distinct = new LinkedHashSet<>(found);
    return "Expecting %s, but found: %s. %s"
        .formatted(expected, String.join("; ", distinct), StoredJobs.describe(jobs));
  }

  private static List<String> texts(List<Throwable> complaints) {
    return complaints.stream().map(each -> String.valueOf(each.getMessage()).strip()).toList();
  }
}
