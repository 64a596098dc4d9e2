package io.jdbcmq.test;

import io.jdbcmq.JobQueue;
import io.jdbcmq.internal.runner.KitAccess;
import io.jdbcmq.internal.sql.SqlErrors;
import io.jdbcmq.job.Channel;
import io.jdbcmq.job.JobState;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads the jobs of a queue and describes them. */
final class StoredJobs {
  private static final int LISTED = 20;

  private static final String LIVE_AND_DEAD =
      """
      select job.id, job.job_name, job.channel_name, job.channel_args, found.state, job.seq is not null as ordered,
             job.priority, job.unique_key, job.headers, job.payload_json::text as json, job.payload_bytes,
             job.created_at, job.run_at, found.next_attempt_at
      from "%1$s".mq_jobs as job
      cross join lateral "%1$s".mq_find_v1(job.id) as found
      union all
      select dead.id, dead.job_name, dead.channel_name, dead.channel_args, 'dead', dead.seq is not null,
             dead.priority, dead.unique_key, dead.headers, dead.payload_json::text, dead.payload_bytes,
             dead.created_at, null, null
      from "%1$s".mq_dead as dead
      order by created_at, id
      """;

  private StoredJobs() {}

  /** What every transaction sees. */
  static List<StoredJob> committed(JobQueue queue) {
    try (Connection connection = KitAccess.keys().parts(queue).dataSource().getConnection()) {
      return in(queue, connection);
    } catch (SQLException e) {
      throw SqlErrors.storage("reading the jobs of the queue", e);
    }
  }

  /** What the transaction of a connection sees. */
  static List<StoredJob> in(JobQueue queue, Connection connection) {
    String schema = KitAccess.keys().parts(queue).schema().name();
    try (PreparedStatement statement =
            connection.prepareStatement(LIVE_AND_DEAD.formatted(schema));
        ResultSet rows = statement.executeQuery()) {
      List<StoredJob> jobs = new ArrayList<>();
      while (rows.next()) {
        jobs.add(job(rows));
      }
      return jobs;
    } catch (SQLException e) {
      throw SqlErrors.storage("reading the jobs of the queue", e);
    }
  }

  /** Which jobs there are, for a message. */
  static String describe(List<StoredJob> jobs) {
    if (jobs.isEmpty()) {
      return "The queue is empty.";
    }
    String listed =
        jobs.stream().limit(LISTED).map(job -> "\n  - " + job).collect(Collectors.joining());
    return "%s:%s%s"
        .formatted(
            jobs.size() == 1 ? "There is one job" : "There are %,d jobs".formatted(jobs.size()),
            listed,
            jobs.size() > LISTED ? "\n  - and %,d more".formatted(jobs.size() - LISTED) : "");
  }

  private static StoredJob job(ResultSet rows) throws SQLException {
    return new StoredJob(
        rows.getObject("id", UUID.class),
        rows.getString("job_name"),
        new Channel(rows.getString("channel_name"), rows.getString("channel_args")),
        JobState.valueOf(rows.getString("state").toUpperCase(Locale.ROOT)),
        rows.getBoolean("ordered"),
        rows.getInt("priority"),
        Optional.ofNullable(rows.getString("unique_key")),
        headers(rows.getArray("headers")),
        Optional.ofNullable(rows.getString("json")),
        Optional.ofNullable(rows.getBytes("payload_bytes")),
        rows.getObject("created_at", OffsetDateTime.class).toInstant(),
        instant(rows, "run_at"),
        instant(rows, "next_attempt_at"));
  }

  private static Optional<Instant> instant(ResultSet rows, String column) throws SQLException {
    return Optional.ofNullable(rows.getObject(column, OffsetDateTime.class))
        .map(OffsetDateTime::toInstant);
  }

  private static Map<String, String> headers(@Nullable Array array) throws SQLException {
    Map<String, String> headers = new LinkedHashMap<>();
    if (array != null) {
      String[] pairs = (String[]) array.getArray();
      for (int i = 0; i + 1 < pairs.length; i += 2) {
        headers.put(pairs[i], pairs[i + 1]);
      }
    }
    return headers;
  }
}
