package io.jdbcmq;

import io.jdbcmq.internal.events.Events;
import io.jdbcmq.internal.notify.LocalSignals;
import io.jdbcmq.internal.runner.KitAccess;
import io.jdbcmq.internal.sql.CancelCalls;
import io.jdbcmq.internal.sql.ChannelCalls;
import io.jdbcmq.internal.sql.Database.SqlWork;
import io.jdbcmq.internal.sql.Migrator;
import io.jdbcmq.internal.sql.QueryCalls;
import io.jdbcmq.internal.sql.ReserveCalls;
import io.jdbcmq.internal.sql.Schema;
import io.jdbcmq.internal.sql.StatsCalls;
import io.jdbcmq.job.CancelResult;
import io.jdbcmq.job.CheckReturnValue;
import io.jdbcmq.job.IndeterminateException;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.JobStatus;
import io.jdbcmq.job.PayloadException;
import io.jdbcmq.job.QueueStats;
import io.jdbcmq.job.SchemaException;
import io.jdbcmq.job.SendResult;
import io.jdbcmq.job.StorageException;
import io.jdbcmq.spi.HandlerTransactions;
import io.jdbcmq.spi.JobInterceptor;
import io.jdbcmq.spi.JobListener;
import io.jdbcmq.spi.PayloadCodec;
import io.jdbcmq.spi.TransactionSource;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;

/**
 * A job queue in one schema of a PostgreSQL database. Holds no resources of its own; thread-safe.
 *
 * <p>Every write exists with and without a {@link Connection}. With one it is part of the caller's
 * transaction: jdbcmq never commits, rolls back or closes it, and an expected outcome, such as a
 * duplicate, leaves it usable. Without one the call takes a connection from the data source and
 * commits by itself, unless a {@link TransactionSource} was given and knows of a transaction that
 * the thread is in: then it is part of that one. Calls block, for one round trip where they do not
 * say otherwise.
 *
 * <p>Common exceptions: {@link StorageException} if the database refused a statement or could not
 * be reached; {@link SchemaException} if the schema lacks a function; both leave nothing behind.
 * {@link IndeterminateException}, without a connection only, if it is unknown whether the commit
 * took effect.
 */
public final class JobQueue {
  private static final int MAX_IDS = 100_000;
  private static final int MAX_GATHERING = 1_000;
  private static final Duration SHORTEST = Duration.ofMillis(1);
  private static final Duration LONGEST = Duration.ofDays(36_500);

  static {
    KitAccess.handOver(new KitKeys());
  }

  private final DataSource dataSource;
  private final DataSource direct;
  private final Schema schema;
  private final PayloadCodec codec;
  private final Events events;
  private final List<JobInterceptor> interceptors;
  private final Optional<HandlerTransactions> handlerTransactions;
  private final LocalSignals localSignals = new LocalSignals();
  private final Transactions transactions;
  private final Sender sender;
  private final ReserveCalls reserveCalls;
  private final CancelCalls cancelCalls;
  private final QueryCalls queryCalls;
  private final StatsCalls statsCalls;

  private JobQueue(Builder builder) {
    this.dataSource = builder.dataSource;
    this.direct = builder.direct;
    this.schema = builder.schema;
    this.codec = builder.codec.orElseGet(Codecs::find);
    this.transactions = new Transactions(dataSource, builder.transactions);
    this.handlerTransactions = builder.handlerTransactions;
    this.events = new Events(builder.listeners);
    this.interceptors = List.copyOf(builder.interceptors);
    this.sender =
        new Sender(
            transactions, schema, codec, localSignals, events, interceptors, builder.gatherSends);
    this.reserveCalls = new ReserveCalls(schema);
    this.cancelCalls = new CancelCalls(schema);
    this.queryCalls = new QueryCalls(schema);
    this.statsCalls = new StatsCalls(schema);
  }

  /** A queue in the schema {@code jdbcmq}, with the payload codec found on the class path. */
  public static JobQueue create(DataSource dataSource) {
    return builder(dataSource).build();
  }

  /**
   * A queue with settings of its own.
   *
   * @param dataSource usually a pool, that of the application
   */
  public static Builder builder(DataSource dataSource) {
    return new Builder(dataSource);
  }

  /**
   * Creates or updates the schema, in one transaction. Any number of processes may do so at once. A
   * newer schema is left as it is: old versions of the library work on it during a rolling deploy.
   *
   * @return names of the migrations that were run; empty if there was nothing to do
   * @throws SchemaException if the schema needs a newer version of the library, or was changed
   */
  public List<String> migrate() {
    return transactions.withConnection("migrating", new Migrator(schema)::migrate);
  }

  /** What {@link #migrate} would run, as a script for psql; empty if there is nothing to do. */
  public String migrationScript() {
    return transactions.withConnection(
        "reading the schema's version", new Migrator(schema)::script);
  }

  /**
   * Sends a job in a transaction of its own.
   *
   * @throws PayloadException if the payload cannot be encoded or stored; nothing was written
   */
  public SendResult send(JobRequest request) {
    return send(List.of(request)).get(0);
  }

  /**
   * Sends jobs, in this order, in one transaction of its own: all of them or none.
   *
   * @param requests up to 100,000
   * @return a result for each request, in the same order
   * @throws PayloadException if a payload cannot be encoded or stored; nothing was written
   */
  public List<SendResult> send(List<JobRequest> requests) {
    return sender.send(requests, Optional.empty());
  }

  /**
   * Sends a job in the caller's transaction.
   *
   * @throws PayloadException if the payload cannot be encoded or stored; nothing was written
   */
  public SendResult send(Connection connection, JobRequest request) {
    return send(connection, List.of(request)).get(0);
  }

  /**
   * Sends jobs, in this order, in the caller's transaction.
   *
   * @param requests up to 100,000
   * @return a result for each request, in the same order
   * @throws PayloadException if a payload cannot be encoded or stored; nothing was written
   */
  public List<SendResult> send(Connection connection, List<JobRequest> requests) {
    return sender.send(connection, requests, Optional.empty());
  }

  /**
   * Reserves a job, in a transaction of its own: it is stored, keeps its id, its unique key and its
   * place in an ordered channel, but does not run before {@link #commit(UUID)}. When the time is
   * over before that, it is deleted as if it had never been sent.
   *
   * <p>For work that belongs together with something outside of this database: reserve, do it,
   * commit. If the process dies in between, the job never runs.
   *
   * @param reservation 1 ms to 36,500 days, by the database's clock
   * @throws PayloadException if the payload cannot be encoded or stored; nothing was written
   */
  public SendResult reserve(JobRequest request, Duration reservation) {
    return reserve(List.of(request), reservation).get(0);
  }

  /**
   * Reserves jobs, in this order, in one transaction of its own: all of them or none.
   *
   * @param requests up to 100,000
   * @param reservation 1 ms to 36,500 days, by the database's clock
   * @return a result for each request, in the same order
   * @throws PayloadException if a payload cannot be encoded or stored; nothing was written
   */
  public List<SendResult> reserve(List<JobRequest> requests, Duration reservation) {
    return sender.send(requests, checked(reservation));
  }

  /** Like {@link #reserve(JobRequest, Duration)}, in the caller's transaction. */
  public SendResult reserve(Connection connection, JobRequest request, Duration reservation) {
    return reserve(connection, List.of(request), reservation).get(0);
  }

  /** Like {@link #reserve(List, Duration)}, in the caller's transaction. */
  public List<SendResult> reserve(
      Connection connection, List<JobRequest> requests, Duration reservation) {
    return sender.send(connection, requests, checked(reservation));
  }

  /**
   * Lets a reservation end so long from now, sooner or later than before.
   *
   * @param reservation 1 ms to 36,500 days, by the database's clock
   * @return false: the job is not reserved, because its time was over, or it was committed or
   *     cancelled
   */
  @CheckReturnValue
  public boolean extend(UUID id, Duration reservation) {
    Duration time = checked(reservation).get();
    return transactions.write(
        "extending the reservation of job " + id, c -> reserveCalls.extend(c, id, time));
  }

  /** Like {@link #extend(UUID, Duration)}, in the caller's transaction. */
  @CheckReturnValue
  public boolean extend(Connection connection, UUID id, Duration reservation) {
    Duration time = checked(reservation).get();
    return transactions.callers(
        "extending the reservation of job " + id,
        connection,
        c -> reserveCalls.extend(c, id, time));
  }

  /**
   * Commits a reserved job: it runs when its turn has come, whatever becomes of the reservation's
   * time. From any process. After an {@link IndeterminateException}, {@link #find} tells: a job
   * that is reserved still was not committed.
   *
   * @return false: there was nothing to commit, and the job does not run by this call. Its time was
   *     over, or it was cancelled: send it again. Or it was committed before: then it is live or
   *     has ended
   */
  @CheckReturnValue
  public boolean commit(UUID id) {
    return !commit(List.of(id)).isEmpty();
  }

  /**
   * Commits reserved jobs, in one transaction of its own. One that is not found does not keep the
   * others from being committed.
   *
   * @param ids up to 100,000
   * @return the ids of those that were reserved and now run; compare it with what was asked for
   */
  @CheckReturnValue
  public Set<UUID> commit(Collection<UUID> ids) {
    List<UUID> reserved = checked(ids);
    return transactions.write(committing(reserved), c -> reserveCalls.commit(c, reserved));
  }

  /**
   * Like {@link #commit(UUID)}, in the caller's transaction: once that has committed, the job runs,
   * also if its time has passed meanwhile.
   */
  @CheckReturnValue
  public boolean commit(Connection connection, UUID id) {
    return !commit(connection, List.of(id)).isEmpty();
  }

  /** Like {@link #commit(Collection)}, in the caller's transaction. */
  @CheckReturnValue
  public Set<UUID> commit(Connection connection, Collection<UUID> ids) {
    List<UUID> reserved = checked(ids);
    return transactions.callers(
        committing(reserved), connection, c -> reserveCalls.commit(c, reserved));
  }

  /**
   * Cancels a job, waiting or running, in a transaction of its own. Dead letters stay. The next job
   * of an ordered channel gets its turn.
   */
  public CancelResult cancel(UUID id) {
    return cancel(List.of(id)).getOrDefault(id, CancelResult.NOT_LIVE);
  }

  /**
   * Cancels jobs, waiting or running, in one transaction of its own. Waits for those that are being
   * settled right now, also by a transaction of a handler that is still open.
   *
   * @param ids up to 100,000
   * @return what became of each id, in this order
   */
  public Map<UUID, CancelResult> cancel(Collection<UUID> ids) {
    List<UUID> doomed = checked(ids);
    return transactions.write(cancelling(doomed), c -> cancelCalls.cancel(c, doomed));
  }

  /**
   * Like {@link #cancel(UUID)}, in the caller's transaction: a run that is under way goes on until
   * it has committed.
   */
  public CancelResult cancel(Connection connection, UUID id) {
    return cancel(connection, List.of(id)).getOrDefault(id, CancelResult.NOT_LIVE);
  }

  /** Like {@link #cancel(Collection)}, in the caller's transaction. */
  public Map<UUID, CancelResult> cancel(Connection connection, Collection<UUID> ids) {
    List<UUID> doomed = checked(ids);
    return transactions.callers(cancelling(doomed), connection, c -> cancelCalls.cancel(c, doomed));
  }

  /** Whether a job is live: sent, and neither completed nor cancelled nor cleared nor dead. */
  public boolean exists(UUID id) {
    return transactions.read("looking for job " + id, c -> queryCalls.exists(c, id));
  }

  /** Whether a job is live, as the caller's transaction sees it. */
  public boolean exists(Connection connection, UUID id) {
    return transactions.callers("looking for job " + id, connection, c -> queryCalls.exists(c, id));
  }

  /**
   * What is known of a live or dead job, with its errors, read one after the other: two round
   * trips.
   */
  public Optional<JobStatus> find(UUID id) {
    return transactions.read("looking for job " + id, c -> queryCalls.find(c, id));
  }

  /**
   * How many live jobs runners have handed back because they had no handler, by job name. Such jobs
   * use no attempt; they are tried again after a pause that grows to a minute.
   */
  public Map<String, Long> unknownJobs() {
    return transactions.read("counting unknown jobs", queryCalls::unknown);
  }

  /**
   * How many jobs are in which state, by channel name, and what slows the queue down. Cheap enough
   * to be asked every few seconds, whatever is in the queue: it reads 200 pages of each table at
   * most, and estimates the rest. Two round trips.
   */
  public QueueStats stats() {
    return transactions.read("counting jobs", statsCalls::stats);
  }

  /**
   * Deletes all live jobs of these channel names, waiting and running; dead letters stay, and hold
   * their ordered channel if they did. A run that is under way is fenced, and its runner interrupts
   * the handler. Reads all live jobs.
   *
   * @param channelNames each 1 to 1,000 bytes of UTF-8
   * @return how many were deleted
   */
  public long clear(Collection<String> channelNames) {
    Optional<Collection<String>> names = Optional.of(Channels.groups(channelNames));
    return transactions.write("clearing channels", c -> queryCalls.clear(c, names));
  }

  /** Like {@link #clear(Collection)}, in the caller's transaction. */
  public long clear(Connection connection, Collection<String> channelNames) {
    Optional<Collection<String>> names = Optional.of(Channels.groups(channelNames));
    return transactions.callers("clearing channels", connection, c -> queryCalls.clear(c, names));
  }

  /**
   * Deletes all live jobs of all channels; dead letters stay.
   *
   * @return how many were deleted
   */
  public long clearAll() {
    return transactions.write("clearing all channels", c -> queryCalls.clear(c, Optional.empty()));
  }

  /** Like {@link #clearAll()}, in the caller's transaction. */
  public long clearAll(Connection connection) {
    return transactions.callers(
        "clearing all channels", connection, c -> queryCalls.clear(c, Optional.empty()));
  }

  /** Jobs that used up their attempts. */
  public DeadLetters deadLetters() {
    return new DeadLetters(transactions, queryCalls);
  }

  /** Channels, to be paused and looked after. */
  public Channels channels() {
    return new Channels(transactions, new ChannelCalls(schema));
  }

  /** A runner for the jobs of this queue, to be configured and started. */
  public JobRunner.Builder runner(JobRegistry registry) {
    return new JobRunner.Builder(this, registry);
  }

  DataSource dataSource() {
    return dataSource;
  }

  DataSource direct() {
    return direct;
  }

  Schema schema() {
    return schema;
  }

  PayloadCodec codec() {
    return codec;
  }

  Events events() {
    return events;
  }

  List<JobInterceptor> interceptors() {
    return interceptors;
  }

  Optional<HandlerTransactions> handlerTransactions() {
    return handlerTransactions;
  }

  LocalSignals localSignals() {
    return localSignals;
  }

  /** For work that handles its transaction itself. */
  <T> T withConnection(String tried, SqlWork<T> work) {
    return transactions.withConnection(tried, work);
  }

  private static String committing(List<UUID> ids) {
    return "committing " + named(ids);
  }

  private static String cancelling(List<UUID> ids) {
    return "cancelling " + named(ids);
  }

  private static String named(List<UUID> ids) {
    return ids.size() == 1 ? "job " + ids.get(0) : ids.size() + " jobs";
  }

  private static List<UUID> checked(Collection<UUID> ids) {
    if (ids.size() > MAX_IDS) {
      throw new IllegalArgumentException(
          "at most %d ids may be given but were %d: do it in parts".formatted(MAX_IDS, ids.size()));
    }
    return List.copyOf(ids);
  }

  private static Optional<Duration> checked(Duration reservation) {
    if (reservation.compareTo(SHORTEST) < 0 || reservation.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "reservation must be %s to %s but was %s".formatted(SHORTEST, LONGEST, reservation));
    }
    return Optional.of(reservation);
  }

  /** Settings of a queue. Not thread-safe. */
  public static final class Builder {
    private final DataSource dataSource;
    private DataSource direct;
    private Schema schema = new Schema("jdbcmq");
    private Optional<PayloadCodec> codec = Optional.empty();
    private final List<JobListener> listeners = new ArrayList<>();
    private final List<JobInterceptor> interceptors = new ArrayList<>();
    private TransactionSource transactions = Optional::empty;
    private Optional<HandlerTransactions> handlerTransactions = Optional.empty();
    private OptionalInt gatherSends = OptionalInt.empty();

    private Builder(DataSource dataSource) {
      this.dataSource = dataSource;
      this.direct = dataSource;
    }

    /**
     * In this schema.
     *
     * @param name 1 to 41 lower-case letters, digits and underscores
     */
    public Builder schema(String name) {
      this.schema = new Schema(name);
      return this;
    }

    /** With this codec for payload objects, instead of the one found on the class path. */
    public Builder codec(PayloadCodec codec) {
      this.codec = Optional.of(codec);
      return this;
    }

    /** Tells this listener what the queue and its runners do. There may be several. */
    public Builder listener(JobListener listener) {
      listeners.add(Objects.requireNonNull(listener, "listener"));
      return this;
    }

    /** Lets this stand between senders, queue and handlers. There may be several. */
    public Builder interceptor(JobInterceptor interceptor) {
      interceptors.add(Objects.requireNonNull(interceptor, "interceptor"));
      return this;
    }

    /**
     * Lets calls without a connection join the transaction that their thread is in, if this source
     * knows of one: a container's, for example. Otherwise they are transactions of their own.
     */
    public Builder transactions(TransactionSource source) {
      this.transactions = Objects.requireNonNull(source, "source");
      return this;
    }

    /**
     * Runs transactional handlers in transactions of these. Otherwise the runner opens and commits
     * them.
     */
    public Builder handlerTransactions(HandlerTransactions others) {
      this.handlerTransactions = Optional.of(others);
      return this;
    }

    /**
     * Lets sends of several threads, each in a transaction of its own, share one: while so many are
     * under way, those that come wait for the first to end, then go together. Each send still
     * returns when its jobs are committed, and fails only for its own; a commit in doubt is in
     * doubt for all that shared it. Only jobs that are due at once and have neither a unique key
     * nor an id of the caller's nor order are gathered, in lists of fewer than 1,000. Otherwise
     * each send has its own transaction.
     *
     * <p>For many threads that send single jobs outside of transactions. The jobs of one thread
     * then go through a connection that another has opened: not for a data source that picks the
     * database, the user or the tenant by thread.
     *
     * @param transactions 1 to 1,000; 1 gathers most
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder gatherSends(int transactions) {
      if (transactions < 1 || transactions > MAX_GATHERING) {
        throw new IllegalArgumentException(
            "gatherSends must be 1 to %d but was %d".formatted(MAX_GATHERING, transactions));
      }
      this.gatherSends = OptionalInt.of(transactions);
      return this;
    }

    /**
     * With connections for the heartbeat and for LISTEN, of which each runner keeps one each, from
     * this data source: one that does not pool, straight to the server. Then no handler can starve
     * them by holding all connections of the pool, and a pooler in transaction mode does not stand
     * in the way of notifications. Otherwise they come from the pool and stay with the runner.
     */
    public Builder direct(DataSource direct) {
      this.direct = direct;
      return this;
    }

    /** The queue. Does not touch the database. */
    public JobQueue build() {
      return new JobQueue(this);
    }
  }
}
