package io.jdbcmq.internal.sql;

import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.OnDeath;
import io.jdbcmq.job.RetryPolicy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The calls of {@code mq_send_v1} and, for a single plain job, {@code mq_send_one_v1}. Thread-safe.
 */
public final class SendCalls {
  private final String send;
  private final String sendOne;
  private volatile boolean driverIsChecked;

  /** Calls in this schema. */
  public SendCalls(Schema schema) {
    send = schema.select("mq_send_v1(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    sendOne = schema.select("mq_send_one_v1(?, ?, ?, ?, ?, ?, ?, ?, ?::real, ?, ?, ?::json, ?)");
  }

  /**
   * Sends jobs, reserved for so long if a time is given. Returns those that exist already: the
   * position in the list, from 0, and the id of the job that is there.
   */
  public Map<Integer, UUID> send(
      Connection connection, List<JobRow> jobs, Optional<Duration> reserve) throws SQLException {
    if (!driverIsChecked) { // the first one stands for all: it is a matter of the URL
      DriverCheck.require(connection);
      driverIsChecked = true;
    }
    if (jobs.size() == 1 && reserve.isEmpty() && jobs.get(0).isPlain()) {
      return Database.call(
          connection, sendOne, statement -> bindOne(statement, jobs.get(0)), rows -> Map.of());
    }
    return Database.call(
        connection,
        send,
        statement -> bind(statement, jobs, reserve),
        rows -> {
          Map<Integer, UUID> duplicates = new HashMap<>();
          while (rows.next()) {
            duplicates.put(rows.getInt(1) - 1, rows.getObject(2, UUID.class));
          }
          return duplicates;
        });
  }

  private static void bindOne(PreparedStatement statement, JobRow job) throws SQLException {
    JobRequest request = job.request();
    RetryPolicy policy = request.retryPolicy();
    int position = 0;
    statement.setObject(++position, job.id());
    statement.setString(++position, request.channel().name());
    statement.setString(++position, request.channel().args());
    statement.setString(++position, request.jobName());
    statement.setObject(++position, request.priority(), Types.SMALLINT);
    statement.setObject(++position, policy.retries(), Types.SMALLINT);
    statement.setObject(++position, (int) policy.backoff().toMillis(), Types.INTEGER);
    statement.setObject(++position, maxBackoffMs(policy), Types.BIGINT);
    statement.setObject(++position, jitter(policy), Types.REAL);
    statement.setObject(++position, millis(request.timeout()), Types.BIGINT);
    Object[] headers = pairs(request.headers());
    if (headers.length == 0) {
      statement.setNull(++position, Types.ARRAY, "_text");
    } else {
      statement.setArray(++position, statement.getConnection().createArrayOf("text", headers));
    }
    statement.setString(++position, job.json().orElse(null));
    statement.setBytes(++position, job.bytes().orElse(null));
  }

  private static void bind(
      PreparedStatement statement, List<JobRow> jobs, Optional<Duration> reserve)
      throws SQLException {
    Parameters parameters = new Parameters(statement, jobs);
    parameters.add("uuid", JobRow::id);
    parameters.add(jobs.stream().anyMatch(JobRow::ownId));
    parameters.add("text", of(request -> request.channel().name()));
    parameters.add("text", of(request -> request.channel().args()));
    parameters.add("text", of(JobRequest::jobName));
    parameters.add("int2", of(request -> (short) request.priority()));
    parameters.add("int2", of(request -> (short) request.retryPolicy().retries()));
    parameters.add("int4", of(request -> (int) request.retryPolicy().backoff().toMillis()));
    parameters.add("int8", of(request -> maxBackoffMs(request.retryPolicy())));
    parameters.add("float4", of(request -> jitter(request.retryPolicy())));
    parameters.add("int8", of(request -> millis(request.timeout())));
    parameters.add(
        "int8", of(request -> request.delay().isZero() ? null : request.delay().toMillis()));
    parameters.add(
        "timestamptz",
        of(request -> request.runAt().map(at -> at.atOffset(ZoneOffset.UTC)).orElse(null)));
    parameters.add("int8", job -> millis(reserve));
    parameters.addFlags(JobRequest::isOrdered);
    parameters.addFlags(request -> request.onDeath().filter(OnDeath.BLOCK::equals).isPresent());
    parameters.add("text", of(request -> request.uniqueKey().orElse(null)));
    parameters.add("text", of(request -> headers(statement, request.headers())));
    parameters.add("text", job -> job.json().orElse(null));
    parameters.addBytes(job -> job.bytes().orElse(null));
  }

  private static Function<JobRow, @Nullable Object> of(
      Function<JobRequest, @Nullable Object> value) {
    return job -> value.apply(job.request());
  }

  private static @Nullable Long millis(Optional<Duration> duration) {
    return duration.map(Duration::toMillis).orElse(null);
  }

  private static @Nullable Long maxBackoffMs(RetryPolicy policy) {
    return policy.isUnbounded() ? null : Long.valueOf(policy.maxBackoff().toMillis());
  }

  private static @Nullable Float jitter(RetryPolicy policy) {
    return policy.jitter() == 0 ? null : Float.valueOf((float) policy.jitter());
  }

  /** An array literal: an array of arrays must be rectangular, and headers are not. */
  private static @Nullable String headers(
      PreparedStatement statement, Map<String, String> headers) {
    if (headers.isEmpty()) {
      return null;
    }
    try {
      return statement.getConnection().createArrayOf("text", pairs(headers)).toString();
    } catch (SQLException e) {
      throw new IllegalStateException("headers cannot be encoded", e);
    }
  }

  private static Object[] pairs(Map<String, String> headers) {
    return headers.entrySet().stream()
        .flatMap(header -> Stream.of(header.getKey(), header.getValue()))
        .toArray();
  }

  /** Parameters in turn; an array of nulls only is sent as null. */
  private static final class Parameters {
    private final PreparedStatement statement;
    private final List<JobRow> jobs;
    private int position;

    Parameters(PreparedStatement statement, List<JobRow> jobs) {
      this.statement = statement;
      this.jobs = jobs;
    }

    void add(boolean value) throws SQLException {
      statement.setBoolean(++position, value);
    }

    void add(String type, Function<JobRow, @Nullable Object> value) throws SQLException {
      add(type, new Object[jobs.size()], value);
    }

    /** An array that holds no true is sent as null. */
    void addFlags(Predicate<JobRequest> flag) throws SQLException {
      boolean any = jobs.stream().anyMatch(job -> flag.test(job.request()));
      add("bool", job -> any ? flag.test(job.request()) : null);
    }

    /** The driver takes arrays of bytea as {@code byte[][]} only. */
    void addBytes(Function<JobRow, byte @Nullable []> value) throws SQLException {
      add("bytea", new byte[jobs.size()][], value::apply);
    }

    private void add(
        String type, @Nullable Object[] elements, Function<JobRow, @Nullable Object> value)
        throws SQLException {
      boolean empty = true;
      for (int i = 0; i < elements.length; i++) {
        Object element = value.apply(jobs.get(i));
        elements[i] = element;
        empty &= element == null;
      }
      position++;
      if (empty) {
        statement.setNull(position, Types.ARRAY, "_" + type);
      } else {
        statement.setArray(position, statement.getConnection().createArrayOf(type, elements));
      }
    }
  }
}
