package io.jdbcmq.torture.role;

import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.OnDeath;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.torture.check.Checker;
import io.jdbcmq.torture.history.Event.Sent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;

/** Draws the jobs that a producer sends. */
final class Planner {
  private static final int RETRIES = 10_000; // more than faults can use up in a run

  /** So long that no job of the harness ever takes that much: it has to be stored, no more. */
  private static final int LONG_TIMEOUT_MS = 3_600_000;

  private static final int CHANNELS = 40;
  private static final int HOLDING_CHANNELS = 20;
  private static final int KEYS = 20;
  private static final int HELD_KEYS = 4;

  private static final int SHORT_LIST = 5;
  private static final int LONG_LIST = 200;

  /** Delays, timeouts and reservations: short, so that a run sees many end. */
  static final Duration SHORT = Duration.ofMillis(300);

  private final SplittableRandom random;

  Planner(SplittableRandom random) {
    this.random = random;
  }

  /** A list, which is long now and then. */
  List<Planned> requests(boolean ordered) {
    List<Planned> plan = new ArrayList<>();
    int count = 1 + random.nextInt(!ordered && random.nextInt(8) == 0 ? LONG_LIST : SHORT_LIST);
    for (int i = 0; i < count; i++) {
      plan.add(request(ordered));
    }
    return plan;
  }

  /** An ordered job leaves an effect, so that its place is seen. */
  Planned request(boolean ordered) {
    if (ordered) {
      String args = "args-" + skewed(CHANNELS);
      boolean delays = random.nextInt(50) == 0;
      return plan(
          orderedWork(),
          request -> (delays ? request.delay(SHORT) : request).channel("ordered", args).ordered(),
          Optional.of(args),
          Optional.empty());
    }
    Work work = Work.draw(random);
    boolean delays = random.nextInt(10) == 0;
    return plan(
        work,
        request ->
            (delays ? request.delay(SHORT.multipliedBy(2)) : request)
                .channel("free", "tenant-" + random.nextInt(20))
                .priority(random.nextInt(3)),
        Optional.empty(),
        Optional.empty());
  }

  /** One of few keys, for one of two names, which do not get into each other's way. */
  Planned unique() {
    return unique(
        random.nextInt(2) == 0 ? heldKey() : "key-" + random.nextInt(KEYS),
        random.nextBoolean() ? Work.OWN : Work.EFFECT);
  }

  /** For a time at which other threads may send the same key and name. */
  Planned unique(long moment) {
    return unique("moment-" + moment, moment % 2 == 0 ? Work.OWN : Work.EFFECT);
  }

  private Planned unique(String key, Work work) {
    return plan(
        work, request -> request.uniqueKey(key).delay(SHORT), Optional.empty(), Optional.of(key));
  }

  /** One that reserved jobs have, too. */
  private String heldKey() {
    return "held-" + random.nextInt(HELD_KEYS);
  }

  /** Jobs of a channel that a dead job holds, one that dies among them. */
  List<Planned> holding() {
    String args = Checker.HOLDING + random.nextInt(HOLDING_CHANNELS);
    List<Planned> plan = new ArrayList<>();
    for (int i = 0; i <= random.nextInt(SHORT_LIST); i++) {
      plan.add(
          plan(
              random.nextInt(6) == 0 ? Work.GIVING_UP : Work.OWN,
              request -> request.channel("holding", args).ordered(OnDeath.BLOCK),
              Optional.of(args),
              Optional.empty()));
    }
    return plan;
  }

  /** One that has a key, one that holds a place in an ordered channel, or neither. */
  Planned reserved() {
    int kind = random.nextInt(3);
    if (kind == 0) {
      String key = heldKey();
      return plan(
          Work.EFFECT, request -> request.uniqueKey(key), Optional.empty(), Optional.of(key), true);
    }
    if (kind == 1) {
      String args = "args-" + skewed(CHANNELS);
      return plan(
          Work.EFFECT,
          request -> request.channel("ordered", args).ordered(),
          Optional.of(args),
          Optional.empty(),
          true);
    }
    return plan(Work.EFFECT, request -> request, Optional.empty(), Optional.empty(), true);
  }

  private Work orderedWork() {
    int kind = random.nextInt(64);
    if (kind < 4) {
      return Work.FLAKY;
    }
    if (kind < 6) {
      return Work.HOPELESS;
    }
    if (kind < 8) {
      return Work.SNOOZING;
    }
    return random.nextBoolean() ? Work.OWN : Work.EFFECT;
  }

  /** Small numbers come often. */
  private int skewed(int count) {
    return (int) (count * Math.pow(random.nextDouble(), 2));
  }

  private Planned plan(Work work, Adding adding, Optional<String> orderedIn, Optional<String> key) {
    return plan(work, adding, orderedIn, key, false);
  }

  private Planned plan(
      Work work,
      Adding adding,
      Optional<String> orderedIn,
      Optional<String> key,
      boolean reserved) {
    UUID id = new UUID(random.nextLong(), random.nextLong());
    boolean dies = List.of(Work.HOPELESS, Work.EXTENDING, Work.GIVING_UP).contains(work);
    int retries = work == Work.HOPELESS || work == Work.EXTENDING ? 1 : RETRIES;
    JobRequest request =
        adding
            .to(withPayload(JobRequest.of(work.jobName())))
            .header(Producer.ORIGIN, id.toString())
            .retry(
                RetryPolicy.of(retries, Work.FIRST_BACKOFF)
                    .withMaxBackoff(Work.LONGEST_BACKOFF)
                    .withJitter(random.nextInt(4) == 0 ? 0.5 : 0));
    if (work == Work.HANGING) {
      request = request.timeout(SHORT);
    } else if (random.nextInt(4) == 0) {
      request = request.timeout(Duration.ofMillis(LONG_TIMEOUT_MS + random.nextInt(1_000)));
    }
    request = AsSent.marked(request);
    Duration delay = reserved ? SHORT : request.delay();
    boolean ownId =
        reserved || dies || key.isPresent() || !request.delay().isZero() || random.nextInt(3) == 0;
    return new Planned(
        ownId ? request.id(id) : request,
        new Sent(id, work.jobName(), orderedIn, key, reserved, 1 + retries, delay.toMillis()));
  }

  /** Mostly short; now and then so long that it is stored apart from its row. */
  private JobRequest withPayload(JobRequest request) {
    JobRequest result = request;
    if (random.nextInt(8) > 0) {
      String text = "x".repeat(random.nextInt(100) == 0 ? 20_000 : random.nextInt(50));
      result = result.json("{\"number\": %d, \"text\": \"%s\"}".formatted(random.nextInt(), text));
    }
    if (random.nextInt(4) == 0) {
      byte[] bytes = new byte[random.nextInt(100) == 0 ? 10_000 : random.nextInt(50)];
      random.nextBytes(bytes);
      result = result.bytes(bytes);
    }
    return result;
  }

  @FunctionalInterface
  private interface Adding {
    JobRequest to(JobRequest request);
  }
}
