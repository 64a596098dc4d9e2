package io.jdbcmq.torture.role;

import io.jdbcmq.JobQueue;
import io.jdbcmq.job.BlockedChannel;
import io.jdbcmq.job.DeadLetter;
import io.jdbcmq.job.IndeterminateException;
import io.jdbcmq.job.JobQueueException;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.JobState;
import io.jdbcmq.job.OnDeath;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.job.SendResult;
import io.jdbcmq.torture.check.Checker;
import io.jdbcmq.torture.history.Event;
import io.jdbcmq.torture.history.Event.Act;
import io.jdbcmq.torture.history.Event.Result;
import io.jdbcmq.torture.history.Event.Sent;
import io.jdbcmq.torture.history.Journal;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends jobs in all ways that there are, and notes what it was told. For one thread. */
final class Producer {
  private static final Logger LOG = LoggerFactory.getLogger(Producer.class);

  /** Delays, timeouts and reservations: short, so that a run sees many end. */
  private static final Duration SHORT = Duration.ofMillis(300);

  /** The header that names a job in the histories: its id is not always chosen here. */
  static final String ORIGIN = "origin";

  private static final int RETRIES = 10_000; // more than faults can use up in a run
  private static final int CHANNELS = 40;
  private static final int HOLDING_CHANNELS = 20;
  private static final int KEYS = 40;
  private static final int SHORT_LIST = 5;
  private static final int LONG_LIST = 100;

  private final DataSource dataSource;
  private final JobQueue queue;
  private final Journal journal;
  private final String process;
  private final Random random;
  private final Deque<UUID> delayed = new ArrayDeque<>();
  private int operations;

  /**
   * A producer.
   *
   * @param process its name in the journal, unique among all producers
   */
  Producer(DataSource dataSource, JobQueue queue, Journal journal, String process, long seed) {
    this.dataSource = dataSource;
    this.queue = queue;
    this.journal = journal;
    this.process = process;
    this.random = new Random(seed);
  }

  /** Sends, reserves, or cancels something. */
  void act() throws InterruptedException {
    int kind = random.nextInt(100);
    if (kind < 25) {
      send(List.of(request(false)));
    } else if (kind < 40) {
      send(requests(false));
    } else if (kind < 55) {
      send(requests(true));
    } else if (kind < 75) {
      sendInTransaction();
    } else if (kind < 85) {
      sendUnique();
    } else if (kind < 90) {
      reserve();
    } else if (kind < 94) {
      cancel();
    } else if (kind < 97) {
      sendHolding();
    } else {
      manage();
    }
  }

  private void send(List<Planned> plan) {
    String operation = begin(plan);
    end(
        operation,
        () -> {
          queue.send(plan.stream().map(Planned::request).toList());
          return Result.OK;
        });
    plan.stream()
        .filter(job -> !job.request().delay().isZero())
        .forEach(job -> delayed.add(job.sent().id()));
  }

  private void sendUnique() {
    String key = "key-" + random.nextInt(KEYS);
    Planned planned =
        plan(
            Work.OWN,
            request -> request.uniqueKey(key).delay(SHORT),
            Optional.empty(),
            Optional.of(key));
    String operation = begin(List.of(planned));
    end(
        operation,
        () ->
            queue.send(planned.request()) instanceof SendResult.Duplicate
                ? Result.ABSENT
                : Result.OK);
  }

  private void sendInTransaction() throws InterruptedException {
    List<Planned> plan = new ArrayList<>(requests(random.nextBoolean()));
    plan.addAll(requests(false));
    boolean rollsBack = random.nextInt(5) == 0;
    boolean isLong = random.nextInt(20) == 0;
    String operation = begin(plan);
    boolean commits = false;
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      for (Planned planned : plan) {
        queue.send(connection, planned.request());
      }
      if (isLong) {
        Thread.sleep(SHORT.toMillis());
      }
      if (rollsBack) {
        connection.rollback();
        note(operation, Result.ROLLED_BACK);
        return;
      }
      commits = true;
      connection.clearWarnings();
      connection.commit();
      note(operation, isUnconfirmed(connection.getWarnings()) ? Result.UNKNOWN : Result.OK);
    } catch (SQLException e) {
      note(operation, commits ? Result.UNKNOWN : Result.FAILED);
    } catch (JobQueueException e) {
      note(operation, failed(operation, e));
    }
  }

  private void reserve() throws InterruptedException {
    Planned planned =
        plan(Work.EFFECT, request -> request, Optional.empty(), Optional.empty(), true);
    UUID id = planned.sent().id();
    String operation = begin(List.of(planned));
    Result reserved =
        end(
            operation,
            () -> {
              queue.reserve(planned.request(), SHORT);
              return Result.OK;
            });
    int course = random.nextInt(10);
    if (reserved.isInVain() || course == 0) {
      return; // it ends by itself
    }
    if (course > 7) {
      manage(
          Act.EXTEND,
          id,
          SHORT.multipliedBy(3).toMillis(),
          () -> queue.extend(id, SHORT.multipliedBy(3)));
      Thread.sleep(random.nextInt((int) SHORT.toMillis() * 4));
    }
    if (course < 4) {
      Thread.sleep(random.nextInt((int) SHORT.toMillis() * 2)); // now and then too late
    }
    String commit = nextOperation();
    journal.note(new Event.Committing(System.nanoTime(), process, commit, id));
    end(commit, () -> queue.commit(id) ? Result.OK : Result.ABSENT);
  }

  private void cancel() {
    UUID id = delayed.pollFirst();
    if (id == null) {
      return;
    }
    String operation = nextOperation();
    journal.note(new Event.Cancelling(System.nanoTime(), process, operation, id));
    end(operation, () -> queue.cancel(id).isCancelled() ? Result.OK : Result.ABSENT);
  }

  /** Sends to a channel that a dead job holds, one that dies among them. */
  private void sendHolding() {
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
    send(plan);
  }

  /** Does to a dead job, or to one that holds its channel, what somebody would have to do. */
  private void manage() {
    try {
      List<BlockedChannel> blocked =
          queue.channels().blocked(100).stream()
              .filter(channel -> channel.headState() == JobState.DEAD)
              .toList();
      if (!blocked.isEmpty() && random.nextInt(3) > 0) {
        BlockedChannel channel = blocked.get(random.nextInt(blocked.size()));
        manage(Act.UNBLOCK, channel.headId(), 0, () -> queue.channels().unblock(channel.channel()));
        return;
      }
      List<UUID> dead =
          blocked.isEmpty()
              ? queue.deadLetters().list(10).stream().map(DeadLetter::id).toList()
              : blocked.stream().map(BlockedChannel::headId).toList();
      if (dead.isEmpty()) {
        return;
      }
      UUID id = dead.get(random.nextInt(dead.size()));
      if (random.nextBoolean()) {
        manage(Act.REDRIVE, id, 0, () -> queue.deadLetters().redrive(List.of(id)).contains(id));
      } else {
        manage(Act.DISCARD, id, 0, () -> queue.deadLetters().discard(List.of(id)).contains(id));
      }
    } catch (JobQueueException e) {
      LOG.debug("nothing was found to be managed", e);
    }
  }

  private void manage(Act act, UUID id, long forMs, BooleanSupplier call) {
    String operation = nextOperation();
    journal.note(new Event.Managing(System.nanoTime(), process, operation, act, id, forMs));
    end(operation, () -> call.getAsBoolean() ? Result.OK : Result.ABSENT);
  }

  /** Does something, and notes what became of it. */
  private Result end(String operation, Supplier<Result> call) {
    Result result;
    try {
      result = call.get();
    } catch (IndeterminateException e) {
      result = Result.UNKNOWN;
    } catch (JobQueueException e) {
      result = failed(operation, e);
    }
    note(operation, result);
    return result;
  }

  private static Result failed(String operation, JobQueueException e) {
    if (e.isTransient()) {
      return Result.FAILED;
    }
    LOG.error("{} was refused", operation, e);
    return Result.REFUSED;
  }

  private void note(String operation, Result result) {
    journal.note(new Event.Ended(System.nanoTime(), process, operation, result));
  }

  private String begin(List<Planned> plan) {
    String operation = nextOperation();
    journal.note(
        new Event.Sending(
            System.nanoTime(), process, operation, plan.stream().map(Planned::sent).toList()));
    return operation;
  }

  private String nextOperation() {
    return process + "-" + operations++;
  }

  static boolean isUnconfirmed(@Nullable SQLWarning warning) {
    return warning != null && "01000".equals(warning.getSQLState());
  }

  private List<Planned> requests(boolean ordered) {
    List<Planned> plan = new ArrayList<>();
    int count = 1 + random.nextInt(!ordered && random.nextInt(8) == 0 ? LONG_LIST : SHORT_LIST);
    for (int i = 0; i < count; i++) {
      plan.add(request(ordered));
    }
    return plan;
  }

  /** An ordered job leaves an effect, so that its place is seen. */
  private Planned request(boolean ordered) {
    if (ordered) {
      String args = "args-" + skewed(CHANNELS);
      Work work =
          random.nextInt(16) == 0 ? Work.FLAKY : random.nextBoolean() ? Work.OWN : Work.EFFECT;
      return plan(
          work,
          request -> request.channel("ordered", args).ordered(),
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
    int retries = work == Work.HOPELESS ? 1 : RETRIES;
    JobRequest request =
        adding
            .to(JobRequest.of(work.jobName()))
            .header(ORIGIN, id.toString())
            .retry(
                RetryPolicy.of(retries, Work.FIRST_BACKOFF).withMaxBackoff(Work.LONGEST_BACKOFF));
    if (work == Work.HANGING) {
      request = request.timeout(SHORT);
    }
    Duration delay = reserved ? SHORT : request.delay();
    boolean dies = work == Work.HOPELESS || work == Work.GIVING_UP;
    boolean ownId = reserved || dies || !request.delay().isZero() || random.nextInt(3) == 0;
    return new Planned(
        ownId ? request.id(id) : request,
        new Sent(id, work.jobName(), orderedIn, key, reserved, 1 + retries, delay.toMillis()));
  }

  private record Planned(JobRequest request, Sent sent) {}

  @FunctionalInterface
  private interface Adding {
    JobRequest to(JobRequest request);
  }
}
