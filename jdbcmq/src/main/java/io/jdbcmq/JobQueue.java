package io.jdbcmq;

import io.jdbcmq.internal.notify.LocalSignals;
import io.jdbcmq.internal.sql.Database;
import io.jdbcmq.internal.sql.Database.SqlWork;
import io.jdbcmq.internal.sql.JobRow;
import io.jdbcmq.internal.sql.Migrator;
import io.jdbcmq.internal.sql.QueryCalls;
import io.jdbcmq.internal.sql.Schema;
import io.jdbcmq.internal.sql.SendCalls;
import io.jdbcmq.internal.sql.SqlErrors;
import io.jdbcmq.job.IndeterminateException;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.JobStatus;
import io.jdbcmq.job.PayloadException;
import io.jdbcmq.job.SchemaException;
import io.jdbcmq.job.SendResult;
import io.jdbcmq.job.StorageException;
import io.jdbcmq.spi.PayloadCodec;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/**
 * A job queue in one schema of a PostgreSQL database. Holds no resources of its own; thread-safe.
 *
 * <p>Every write exists with and without a {@link Connection}. With one it is part of the caller's
 * transaction: jdbcmq never commits, rolls back or closes it, and an expected outcome, such as a
 * duplicate, leaves it usable. Without one the call takes a connection from the data source and
 * commits by itself. Calls block, for one round trip where they do not say otherwise.
 *
 * <p>Common exceptions: {@link StorageException} if the database refused a statement or could not
 * be reached; {@link SchemaException} if the schema lacks a function; both leave nothing behind.
 * {@link IndeterminateException}, without a connection only, if it is unknown whether the commit
 * took effect.
 */
public final class JobQueue {
  private static final int MAX_LIST = 100_000;
  private static final long MAX_LIST_CHARS = 64L << 20;

  private final DataSource dataSource;
  private final DataSource direct;
  private final Schema schema;
  private final PayloadCodec codec;
  private final Database database;
  private final SendCalls sendCalls;
  private final QueryCalls queryCalls;
  private final LocalSignals localSignals = new LocalSignals();

  private JobQueue(Builder builder) {
    this.dataSource = builder.dataSource;
    this.direct = builder.direct;
    this.schema = builder.schema;
    this.codec = builder.codec.orElseGet(Codecs::find);
    this.database = Database.of(dataSource);
    this.sendCalls = new SendCalls(schema);
    this.queryCalls = new QueryCalls(schema);
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
   * Creates or updates the schema, in one transaction. Any number of processes may do so at once.
   *
   * @return names of the migrations that were run; empty if there was nothing to do
   * @throws SchemaException if the schema is newer than this library
   */
  public List<String> migrate() {
    return withConnection("migrating", new Migrator(schema)::migrate);
  }

  /** What {@link #migrate} would run, as a script for psql; empty if there is nothing to do. */
  public String migrationScript() {
    return withConnection("reading the schema's version", new Migrator(schema)::script);
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
    List<JobRow> rows = encode(requests);
    if (rows.isEmpty()) {
      return List.of();
    }
    Set<Integer> duplicates =
        inOwnTransaction(sending(rows), connection -> sendCalls.send(connection, rows));
    localSignals.committed(groups(rows));
    return results(rows, duplicates);
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
    List<JobRow> rows = encode(requests);
    if (rows.isEmpty()) {
      return List.of();
    }
    return results(rows, inCallers(sending(rows), connection, c -> sendCalls.send(c, rows)));
  }

  /** Whether a job is live: sent, and neither completed nor cleared nor dead. */
  public boolean exists(UUID id) {
    return read("looking for job " + id, c -> queryCalls.exists(c, id));
  }

  /** Whether a job is live, as the caller's transaction sees it. */
  public boolean exists(Connection connection, UUID id) {
    return inCallers("looking for job " + id, connection, c -> queryCalls.exists(c, id));
  }

  /**
   * What is known of a live or dead job, with its errors, read one after the other: two round
   * trips.
   */
  public Optional<JobStatus> find(UUID id) {
    return read("looking for job " + id, c -> queryCalls.find(c, id));
  }

  /**
   * How many live jobs runners have handed back because they had no handler, by job name. Such jobs
   * use no attempt; they are tried again after a pause that grows to a minute.
   */
  public Map<String, Long> unknownJobs() {
    return read("counting unknown jobs", queryCalls::unknown);
  }

  /**
   * Deletes all live jobs of these channel names, waiting and running; dead letters stay. A run
   * that is under way is refused when it ends. Reads all live jobs.
   *
   * @return how many were deleted
   */
  public long clear(Collection<String> channelNames) {
    Optional<Collection<String>> names = Optional.of(List.copyOf(channelNames));
    return inOwnTransaction("clearing channels", c -> queryCalls.clear(c, names));
  }

  /** Like {@link #clear(Collection)}, in the caller's transaction. */
  public long clear(Connection connection, Collection<String> channelNames) {
    Optional<Collection<String>> names = Optional.of(List.copyOf(channelNames));
    return inCallers("clearing channels", connection, c -> queryCalls.clear(c, names));
  }

  /**
   * Deletes all live jobs of all channels; dead letters stay.
   *
   * @return how many were deleted
   */
  public long clearAll() {
    return inOwnTransaction("clearing all channels", c -> queryCalls.clear(c, Optional.empty()));
  }

  /** Like {@link #clearAll()}, in the caller's transaction. */
  public long clearAll(Connection connection) {
    return inCallers(
        "clearing all channels", connection, c -> queryCalls.clear(c, Optional.empty()));
  }

  /** Jobs that used up their attempts. */
  public DeadLetters deadLetters() {
    return new DeadLetters(this, queryCalls);
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

  LocalSignals localSignals() {
    return localSignals;
  }

  <T> T inOwnTransaction(String tried, SqlWork<T> work) {
    try {
      return database.inOwnTransaction(work);
    } catch (SQLException e) {
      throw SqlErrors.storage(tried, e);
    } catch (IndeterminateException e) {
      throw new IndeterminateException(
          tried + " ended in doubt: " + e.getMessage() + ". Look before you try again", e);
    }
  }

  /** What only reads is never in doubt. */
  <T> T read(String tried, SqlWork<T> work) {
    try {
      return database.inOwnTransaction(work);
    } catch (SQLException e) {
      throw SqlErrors.storage(tried, e);
    } catch (IndeterminateException e) {
      throw new StorageException(
          tried + " failed: the connection broke", true, new SQLException(e.getMessage(), "08006"));
    }
  }

  <T> T inCallers(String tried, Connection connection, SqlWork<T> work) {
    try {
      return work.run(connection);
    } catch (SQLException e) {
      throw SqlErrors.storage(tried, e);
    }
  }

  /** For work that handles its transaction itself. */
  <T> T withConnection(String tried, SqlWork<T> work) {
    try (Connection connection = dataSource.getConnection()) {
      return work.run(connection);
    } catch (SQLException e) {
      throw SqlErrors.storage(tried, e);
    }
  }

  /** Checks everything before anything is written. */
  private List<JobRow> encode(List<JobRequest> requests) {
    if (requests.size() > MAX_LIST) {
      throw new IllegalArgumentException(
          "a list must have at most %d requests but had %d: send it in parts"
              .formatted(MAX_LIST, requests.size()));
    }
    List<JobRow> rows = new ArrayList<>(requests.size());
    long size = 0;
    for (JobRequest request : requests) {
      JobRow row = JobRow.of(request, codec);
      size += row.size();
      rows.add(row);
    }
    if (size > MAX_LIST_CHARS && rows.size() > 1) {
      throw new IllegalArgumentException(
          "payloads of a list must have at most %d characters and bytes in all but had %d: send it in parts"
              .formatted(MAX_LIST_CHARS, size));
    }
    return rows;
  }

  private static String sending(List<JobRow> rows) {
    JobRow first = rows.get(0);
    return rows.size() == 1
        ? "sending job %s named %s".formatted(first.id(), first.request().jobName())
        : "sending %d jobs, the first of them %s named %s"
            .formatted(rows.size(), first.id(), first.request().jobName());
  }

  private static Set<String> groups(List<JobRow> rows) {
    return rows.stream().map(row -> row.request().channel().name()).collect(Collectors.toSet());
  }

  private static List<SendResult> results(List<JobRow> rows, Set<Integer> duplicates) {
    List<SendResult> results = new ArrayList<>(rows.size());
    for (int i = 0; i < rows.size(); i++) {
      UUID id = rows.get(i).id();
      results.add(duplicates.contains(i) ? new SendResult.Duplicate(id) : new SendResult.Sent(id));
    }
    return results;
  }

  /** Settings of a queue. Not thread-safe. */
  public static final class Builder {
    private final DataSource dataSource;
    private DataSource direct;
    private Schema schema = new Schema("jdbcmq");
    private Optional<PayloadCodec> codec = Optional.empty();

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
