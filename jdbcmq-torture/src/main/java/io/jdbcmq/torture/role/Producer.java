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
import io.jdbcmq.job.StorageException;
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
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
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

  /** How SQLSTATEs begin of what happens without an injected fault, too. */
  private static final List<String> PASSING = List.of("08", "57", "53300", "40001", "40P01");

  /** SQLSTATEs that tell that a transaction was rolled back: serialization failure, deadlock. */
  private static final Set<String> ROLLED_BACK = Set.of("40001", "40P01");

  /** How SQLSTATEs begin of what is wrong with the call itself. */
  private static final List<String> REFUSING = List.of("22", "23", "42");

  /** How keys begin that reserved jobs have, too. */
  private static final String HELD_KEY = "held-";

  /** The header that names a job in the histories: its id is not always chosen here. */
  static final String ORIGIN = "origin";

  private static final int RETRIES = 10_000; // more than faults can use up in a run

  /** So long that no job of the harness ever takes that much: it has to be stored, no more. */
  private static final int LONG_TIMEOUT_MS = 3_600_000;

  private static final int CHANNELS = 40;
  private static final int HOLDING_CHANNELS = 20;
  private static final int KEYS = 20;
  private static final int SHORT_LIST = 5;
  private static final int LONG_LIST = 200;
  private static final int REMEMBERED = 200;

  private final DataSource dataSource;
  private final JobQueue queue;
  private final Journal journal;
  private final String process;
  private final long seed;
  private Random random;
  private final Deque<UUID> delayed = new ArrayDeque<>();
  private final Deque<UUID> recent = new ArrayDeque<>();
  private long acts;
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
    this.seed = seed;
    this.random = new Random(seed);
  }

  /**
   * Sends, reserves, or cancels something: what, is decided by the seed and the number of the act,
   * and not by what came of those before.
   */
  void act() throws InterruptedException {
    random = new Random(new SplittableRandom(seed + (acts++ << 32)).nextLong());
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
    remember(plan);
  }

  /** Those of them whose ids are known, to be cancelled. */
  private void remember(List<Planned> plan) {
    plan.stream().filter(Planned::hasOwnId).map(job -> job.sent().id()).forEach(recent::add);
    while (recent.size() > REMEMBERED) {
      recent.remove();
    }
  }

  /** The same keys for two names, which do not get into each other's way. */
  private void sendUnique() {
    String key = (random.nextInt(4) == 0 ? HELD_KEY : "key-") + random.nextInt(KEYS);
    Planned planned =
        plan(
            random.nextBoolean() ? Work.OWN : Work.EFFECT,
            request -> request.uniqueKey(key).delay(SHORT),
            Optional.empty(),
            Optional.of(key));
    String operation = begin(List.of(planned));
    end(operation, () -> told(operation, queue.send(planned.request())));
  }

  private Result told(String operation, SendResult result) {
    if (result instanceof SendResult.Duplicate duplicate) {
      journal.note(new Event.Existing(System.nanoTime(), process, operation, duplicate.id()));
      return Result.ABSENT;
    }
    return Result.OK;
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
      send(connection, plan);
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
      remember(plan);
    } catch (SQLException e) {
      note(operation, commits && !isRolledBack(e) ? Result.UNKNOWN : failed(operation, e));
    } catch (JobQueueException e) {
      note(operation, failed(operation, e));
    }
  }

  /** In a list, one by one, or as SQL does. */
  private void send(Connection connection, List<Planned> plan) throws SQLException {
    int way = random.nextInt(3);
    if (way == 0) {
      queue.send(connection, plan.stream().map(Planned::request).toList());
      return;
    }
    for (Planned planned : plan) {
      if (way == 1) {
        queue.send(connection, planned.request());
      } else {
        BySql.send(connection, planned.request());
      }
    }
  }

  private void reserve() throws InterruptedException {
    Planned planned = reserved();
    UUID id = planned.sent().id();
    String operation = begin(List.of(planned));
    Result reserved =
        end(operation, () -> told(operation, queue.reserve(planned.request(), SHORT)));
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

  /** One that has a key, one that holds a place in an ordered channel, or neither. */
  private Planned reserved() {
    int kind = random.nextInt(3);
    if (kind == 0) {
      String key = HELD_KEY + random.nextInt(KEYS);
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

  /** A job that is likely to wait for its time, or one that may be anywhere, or be over. */
  private void cancel() {
    UUID id = random.nextBoolean() ? delayed.pollFirst() : recent.pollLast();
    if (id == null) {
      return;
    }
    delayed.remove(id);
    recent.remove(id);
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
      LOG.info("{} has failed: {}", operation, e.getMessage());
      return e instanceof StorageException storage && !mayPass(storage.sqlState())
          ? Result.ERROR
          : Result.FAILED;
    }
    LOG.error("{} was refused", operation, e);
    return Result.REFUSED;
  }

  /** The answer to a commit tells that there was none. */
  private static boolean isRolledBack(SQLException e) {
    return ROLLED_BACK.contains(String.valueOf(e.getSQLState()));
  }

  private static Result failed(String operation, SQLException e) {
    String sqlState = Objects.requireNonNullElse(e.getSQLState(), "");
    if (REFUSING.stream().anyMatch(sqlState::startsWith)) {
      LOG.error("{} was refused", operation, e);
      return Result.REFUSED;
    }
    LOG.info("{} has failed: {}", operation, e.getMessage());
    return mayPass(sqlState) ? Result.FAILED : Result.ERROR;
  }

  /** By itself: a connection that was not to be had, a deadlock of a caller's transaction. */
  private static boolean mayPass(String sqlState) {
    return sqlState.isEmpty() || PASSING.stream().anyMatch(sqlState::startsWith);
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
            .header(ORIGIN, id.toString())
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

  private record Planned(JobRequest request, Sent sent) {
    boolean hasOwnId() {
      return request.id().isPresent();
    }
  }

  @FunctionalInterface
  private interface Adding {
    JobRequest to(JobRequest request);
  }
}
