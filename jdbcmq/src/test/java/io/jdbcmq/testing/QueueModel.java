package io.jdbcmq.testing;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** What the queue promises, in memory: the states of jobs and who may run. */
public final class QueueModel {
  public static final Duration BACKOFF = Duration.ofSeconds(1);

  /** Where a job is; one that waits is ready, or parked behind another one of its channel. */
  public enum State {
    WAITING,
    DELAYED,
    RESERVED,
    CLAIMED,
    DEAD,
    GONE
  }

  /** What a sender asks for. */
  public record Wish(
      Optional<UUID> id,
      String channel,
      boolean isOrdered,
      boolean blocks,
      Optional<String> key,
      int retries,
      Duration delay,
      Duration reserve) {}

  /** A job. */
  public record Job(
      UUID id,
      Wish wish,
      State state,
      int attempt,
      int retries,
      Optional<Instant> until,
      Optional<Instant> runAt,
      Optional<RunOf> run,
      int place,
      boolean holds,
      int unknownCount) {

    public boolean isLive() {
      return state != State.DEAD && state != State.GONE;
    }

    Job in(State next) {
      return new Job(
          id,
          wish,
          next,
          attempt,
          retries,
          Optional.empty(),
          runAt,
          Optional.empty(),
          place,
          false,
          unknownCount);
    }

    Job until(State next, Instant end) {
      return new Job(
          id,
          wish,
          next,
          attempt,
          retries,
          Optional.of(end),
          runAt,
          Optional.empty(),
          place,
          false,
          unknownCount);
    }

    Job claimedBy(RunOf by) {
      return new Job(
          id,
          wish,
          State.CLAIMED,
          attempt,
          retries,
          Optional.empty(),
          runAt,
          Optional.of(by),
          place,
          false,
          unknownCount);
    }

    Job with(int newAttempt, int newRetries, int newPlace, int newUnknownCount) {
      return new Job(
          id,
          wish,
          state,
          newAttempt,
          newRetries,
          until,
          runAt,
          run,
          newPlace,
          holds,
          newUnknownCount);
    }

    Job dead() {
      return new Job(
          id,
          wish,
          State.DEAD,
          attempt,
          retries,
          Optional.empty(),
          runAt,
          Optional.empty(),
          place,
          wish.blocks(),
          0);
    }

    Job notHolding() {
      return new Job(
          id, wish, state, attempt, retries, until, runAt, run, place, false, unknownCount);
    }

    /** What can be compared with the database. */
    public String look() {
      return switch (state) {
        case GONE -> "gone";
        case DELAYED, RESERVED -> name() + " " + attempt + " " + until.orElseThrow();
        default -> name() + " " + attempt;
      };
    }

    private String name() {
      return state.name().toLowerCase(Locale.ROOT);
    }
  }

  /** A run: of a runner, with its token. */
  public record RunOf(int runner, int token) {}

  private final Map<UUID, Job> jobs = new LinkedHashMap<>();
  private final Set<String> paused = new TreeSet<>();
  private Instant now;
  private int places;

  public QueueModel(Instant now) {
    this.now = now;
  }

  private QueueModel(QueueModel other) {
    this(other.now);
    jobs.putAll(other.jobs);
    paused.addAll(other.paused);
    places = other.places;
  }

  /** To come back to when a transaction is rolled back. */
  public QueueModel copy() {
    return new QueueModel(this);
  }

  /** All jobs, in the order in which they were sent. */
  public List<Job> jobs() {
    return List.copyOf(jobs.values());
  }

  private void put(Job job) {
    jobs.put(job.id(), job);
  }

  private Stream<Job> live() {
    return jobs.values().stream().filter(Job::isLive);
  }

  public void advance(Duration by) {
    now = now.plus(by);
  }

  // Sends.

  /** The job that stands in the way of a new one. */
  public Optional<UUID> existing(Wish wish) {
    wish.id().ifPresent(this::endIfOverdue);
    if (wish.id().map(jobs::get).filter(Job::isLive).isEmpty()) {
      holderOf(wish.key()).ifPresent(this::endIfOverdue);
    }
    Optional<Job> same = wish.id().flatMap(id -> Optional.ofNullable(jobs.get(id)));
    Optional<UUID> live = same.filter(Job::isLive).map(Job::id);
    Optional<UUID> dead = same.filter(job -> job.state() == State.DEAD).map(Job::id);
    return live.or(() -> holderOf(wish.key())).or(() -> dead);
  }

  /** A reservation whose time is over stands in nobody's way. */
  private void endIfOverdue(UUID id) {
    Optional.ofNullable(jobs.get(id))
        .filter(job -> job.state() == State.RESERVED)
        .filter(job -> job.until().filter(until -> !until.isAfter(now)).isPresent())
        .ifPresent(job -> put(job.in(State.GONE)));
  }

  private Optional<UUID> holderOf(Optional<String> key) {
    return live()
        .filter(job -> key.isPresent() && job.wish().key().equals(key))
        .map(Job::id)
        .findFirst();
  }

  public void send(UUID id, Wish wish) {
    Optional<Instant> runAt =
        wish.delay().isZero() ? Optional.empty() : Optional.of(now.plus(wish.delay()));
    Job job =
        new Job(
            id,
            wish,
            State.WAITING,
            1,
            wish.retries(),
            Optional.empty(),
            runAt,
            Optional.empty(),
            ++places,
            false,
            0);
    if (!wish.reserve().isZero()) {
      put(job.until(State.RESERVED, now.plus(wish.reserve())));
    } else {
      put(runAt.map(at -> job.until(State.DELAYED, at)).orElse(job));
    }
  }

  /** Commits a reservation; false: there is none in time. */
  public boolean commit(UUID id) {
    if (!isReserved(id)) {
      return false;
    }
    Job job = jobs.get(id);
    put(
        job.runAt()
            .filter(at -> at.isAfter(now))
            .map(at -> job.until(State.DELAYED, at))
            .orElseGet(() -> job.in(State.WAITING)));
    return true;
  }

  /** Extends a reservation; false: there is none in time. */
  public boolean extend(UUID id, Duration reserve) {
    if (!isReserved(id)) {
      return false;
    }
    put(jobs.get(id).until(State.RESERVED, now.plus(reserve)));
    return true;
  }

  private boolean isReserved(UUID id) {
    Job job = jobs.get(id);
    return job != null && job.state() == State.RESERVED && job.until().orElseThrow().isAfter(now);
  }

  // Claims.

  /**
   * What every claim does first: delays end, and reservations; returns whether one of these did.
   */
  public boolean promote() {
    boolean hasEnded = false;
    for (Job job : jobs()) {
      if (job.until().filter(until -> !until.isAfter(now)).isPresent()) {
        boolean isReserved = job.state() == State.RESERVED;
        hasEnded |= isReserved;
        put(job.in(isReserved ? State.GONE : State.WAITING));
      }
    }
    return hasEnded;
  }

  /** The jobs that may start now. */
  public Set<UUID> runnable(Predicate<String> channels) {
    Set<UUID> ids = new TreeSet<>();
    live()
        .filter(job -> job.state() == State.WAITING)
        .filter(job -> channels.test(job.wish().channel()))
        .filter(job -> !paused.contains(job.wish().channel()))
        .filter(job -> !job.wish().isOrdered() || isFirst(job))
        .forEach(job -> ids.add(job.id()));
    return ids;
  }

  private boolean isFirst(Job job) {
    return jobs.values().stream()
        .filter(other -> other.isLive() || other.holds())
        .filter(other -> other.wish().isOrdered())
        .filter(other -> other.wish().channel().equals(job.wish().channel()))
        .noneMatch(other -> other.place() < job.place());
  }

  public void claim(UUID id, int runner, int token) {
    put(jobs.get(id).claimedBy(new RunOf(runner, token)));
  }

  /** Whether this run is the current one of its job. */
  public boolean isCurrent(UUID id, int token) {
    return Optional.ofNullable(jobs.get(id))
        .flatMap(Job::run)
        .filter(run -> run.token() == token)
        .isPresent();
  }

  /** The jobs that a runner runs. */
  public List<UUID> runsOf(int runner) {
    return live()
        .filter(job -> job.run().filter(run -> run.runner() == runner).isPresent())
        .map(Job::id)
        .toList();
  }

  // Ends of runs.

  public void end(UUID id) {
    put(jobs.get(id).in(State.GONE));
  }

  /** Fails a run; returns whether the job is dead. */
  public boolean fail(UUID id, boolean isFinal) {
    Job job = jobs.get(id);
    if (isFinal || job.attempt() > job.retries()) {
      put(job.dead());
      return true;
    }
    Duration delay = BACKOFF.multipliedBy(1L << (job.attempt() - 1));
    put(
        job.with(job.attempt() + 1, job.retries(), job.place(), job.unknownCount())
            .until(State.DELAYED, now.plus(delay)));
    return false;
  }

  public void snooze(UUID id, Duration delay) {
    put(jobs.get(id).until(State.DELAYED, now.plus(delay)));
  }

  public void handBack(UUID id) {
    put(jobs.get(id).in(State.WAITING));
  }

  public void handBackUnknown(UUID id) {
    Job job = jobs.get(id);
    double seconds = Math.min(60, 0.5 * Math.pow(1.5, Math.min(job.unknownCount(), 12)));
    Duration delay = Duration.ofNanos(Math.round(seconds * 1e6) * 1_000); // as PostgreSQL rounds
    put(
        job.with(job.attempt(), job.retries(), job.place(), job.unknownCount() + 1)
            .until(State.DELAYED, now.plus(delay)));
  }

  public void addRetries(UUID id, int extra) {
    Job job = jobs.get(id);
    put(job.with(job.attempt(), job.retries() + extra, job.place(), job.unknownCount()));
  }

  // Management.

  /** The live jobs of a channel. */
  public List<UUID> liveOf(String channel) {
    return live().filter(job -> job.wish().channel().equals(channel)).map(Job::id).toList();
  }

  public void pause(String channel, boolean pauses) {
    if (pauses) {
      paused.add(channel);
    } else {
      paused.remove(channel);
    }
  }

  /** Makes a dead job live; false: it is not dead, or its key is taken. */
  public boolean redrive(UUID id) {
    Job job = jobs.get(id);
    if (job.state() != State.DEAD || holderOf(job.wish().key()).isPresent()) {
      return false;
    }
    int place = job.holds() ? job.place() : ++places;
    Job fresh =
        new Job(
            id,
            job.wish(),
            State.WAITING,
            1,
            job.retries(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            place,
            false,
            0);
    put(fresh);
    return true;
  }

  /** Lets a channel go on; false: no dead job held it. */
  public boolean unblock(String channel) {
    List<Job> holding = new ArrayList<>();
    jobs.values().stream()
        .filter(job -> job.holds() && job.wish().channel().equals(channel))
        .forEach(holding::add);
    holding.forEach(job -> put(job.notHolding()));
    return !holding.isEmpty();
  }
}
