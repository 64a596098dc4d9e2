package io.jdbcmq.internal.sql;

import io.jdbcmq.job.Channel;
import io.jdbcmq.job.DeadLetter;
import io.jdbcmq.job.FailedAttempt;
import io.jdbcmq.job.JobState;
import io.jdbcmq.job.JobStatus;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Calls that look at jobs and manage them. Thread-safe. */
public final class QueryCalls {
  private final String exists;
  private final String find;
  private final String errors;
  private final String unknown;
  private final String clear;
  private final String dead;
  private final String redrive;
  private final String discard;

  /** Calls in this schema. */
  public QueryCalls(Schema schema) {
    exists = schema.select("mq_exists_v1(?)");
    find = schema.select("mq_find_v1(?)");
    errors = schema.select("mq_errors_v1(?)");
    unknown = schema.select("mq_unknown_v1()");
    clear = schema.select("mq_clear_v1(?)");
    dead = schema.select("mq_dead_v1(?, ?, ?)");
    redrive = schema.select("mq_redrive_v1(?)");
    discard = schema.select("mq_discard_v1(?)");
  }

  /** Whether a job is live. */
  public boolean exists(Connection connection, UUID id) throws SQLException {
    return Database.call(
        connection,
        exists,
        statement -> statement.setObject(1, id),
        rows -> rows.next() && rows.getBoolean(1));
  }

  /** What is known of a job. */
  public Optional<JobStatus> find(Connection connection, UUID id) throws SQLException {
    // The state first: an error that led to it is then there.
    Optional<JobStatus> status =
        Database.call(
            connection,
            find,
            statement -> statement.setObject(1, id),
            rows -> rows.next() ? Optional.of(status(rows, List.of())) : Optional.empty());
    if (status.isEmpty()) {
      return status;
    }
    JobStatus found = status.get();
    return Optional.of(
        new JobStatus(
            found.id(),
            found.jobName(),
            found.channel(),
            found.state(),
            found.attempt(),
            found.retries(),
            found.sentAt(),
            found.nextAttemptAt(),
            found.reservedUntil(),
            found.unknownCount(),
            failures(connection, id)));
  }

  /** How many jobs no runner had a handler for, by job name. */
  public Map<String, Long> unknown(Connection connection) throws SQLException {
    return Database.call(
        connection,
        unknown,
        statement -> {},
        rows -> {
          Map<String, Long> jobs = new LinkedHashMap<>();
          while (rows.next()) {
            jobs.put(rows.getString(1), rows.getLong(2));
          }
          return jobs;
        });
  }

  /** Deletes the live jobs of channel groups, or of all; returns how many. */
  public long clear(Connection connection, Optional<Collection<String>> channels)
      throws SQLException {
    return Database.call(
        connection,
        clear,
        statement -> {
          if (channels.isEmpty()) {
            statement.setNull(1, Types.ARRAY, "_text");
          } else {
            statement.setArray(1, connection.createArrayOf("text", channels.get().toArray()));
          }
        },
        rows -> {
          rows.next();
          return rows.getLong(1);
        });
  }

  /** A page of dead letters, oldest first. */
  public List<DeadLetter> dead(Connection connection, Optional<DeadLetter> after, int limit)
      throws SQLException {
    return Database.call(
        connection,
        dead,
        statement -> {
          statement.setObject(
              1,
              after.map(letter -> letter.diedAt().atOffset(java.time.ZoneOffset.UTC)).orElse(null),
              Types.TIMESTAMP_WITH_TIMEZONE);
          statement.setObject(2, after.map(DeadLetter::id).orElse(null), Types.OTHER);
          statement.setInt(3, limit);
        },
        rows -> {
          List<DeadLetter> letters = new ArrayList<>();
          while (rows.next()) {
            letters.add(letter(rows));
          }
          return letters;
        });
  }

  /** Makes dead letters live again, and returns the ids of those that now are. */
  public Set<UUID> redrive(Connection connection, Collection<UUID> ids) throws SQLException {
    return change(connection, redrive, ids);
  }

  /** Deletes dead letters, and returns the ids of those it found. */
  public Set<UUID> discard(Connection connection, Collection<UUID> ids) throws SQLException {
    return change(connection, discard, ids);
  }

  private static Set<UUID> change(Connection connection, String sql, Collection<UUID> ids)
      throws SQLException {
    return Database.call(connection, sql, statement -> Ids.bind(statement, 1, ids), Ids::read);
  }

  private List<FailedAttempt> failures(Connection connection, UUID id) throws SQLException {
    return Database.call(
        connection,
        errors,
        statement -> statement.setObject(1, id),
        rows -> {
          List<FailedAttempt> failures = new ArrayList<>();
          while (rows.next()) {
            failures.add(
                new FailedAttempt(
                    rows.getInt(1),
                    rows.getObject(2, OffsetDateTime.class).toInstant(),
                    rows.getString(3)));
          }
          return failures;
        });
  }

  private static JobStatus status(ResultSet rows, List<FailedAttempt> failures)
      throws SQLException {
    JobState state = JobState.valueOf(rows.getString("state").toUpperCase(Locale.ROOT));
    Optional<Instant> until =
        Optional.ofNullable(rows.getObject("next_attempt_at", OffsetDateTime.class))
            .map(OffsetDateTime::toInstant);
    return new JobStatus(
        rows.getObject("id", UUID.class),
        rows.getString("job_name"),
        new Channel(rows.getString("channel_name"), rows.getString("channel_args")),
        state,
        rows.getInt("attempt"),
        rows.getInt("retries"),
        rows.getObject("created_at", OffsetDateTime.class).toInstant(),
        until.filter(at -> state != JobState.RESERVED),
        until.filter(at -> state == JobState.RESERVED),
        rows.getInt("unknown_count"),
        failures);
  }

  private static DeadLetter letter(ResultSet rows) throws SQLException {
    return new DeadLetter(
        rows.getObject("id", UUID.class),
        rows.getString("job_name"),
        new Channel(rows.getString("channel_name"), rows.getString("channel_args")),
        rows.getInt("attempt"),
        rows.getObject("created_at", OffsetDateTime.class).toInstant(),
        rows.getObject("died_at", OffsetDateTime.class).toInstant(),
        Optional.ofNullable(rows.getString("error")),
        Optional.ofNullable(rows.getString("payload_json")),
        Optional.ofNullable(rows.getBytes("payload_bytes")));
  }
}
