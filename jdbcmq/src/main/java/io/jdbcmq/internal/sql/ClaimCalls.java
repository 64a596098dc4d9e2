package io.jdbcmq.internal.sql;

import io.jdbcmq.job.Channel;
import java.sql.Array;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Calls with which a runner gets work. Thread-safe. */
public final class ClaimCalls {
  /** Most jobs that one claim can hold. */
  public static final int MAX_WANT = 250;

  private final String claim;
  private final String claims;

  /** Calls in this schema. */
  public ClaimCalls(Schema schema) {
    // Columns by name: a later version of the function may return more of them.
    claim =
        "select id, token, attempt, retries, channel_name, channel_args, job_name, headers,"
            + " payload_json, payload_bytes, created_at, timeout_ms, claim_id, next_due_ms, taken, ordered from "
            + schema.quoted()
            + ".mq_claim_v1(?, ?, ?, ?, ?)";
    claims = schema.select("mq_claims_v1(?)");
  }

  /**
   * Claims ready jobs.
   *
   * @param channels groups to listen to; empty: all
   * @param after the group served last, where all are listened to
   * @param want free slots, 1 to 250
   * @param hungryFor for how long to be notified if nothing is found; zero: not at all
   */
  public ClaimAnswer claim(
      Connection connection,
      UUID runnerId,
      List<String> channels,
      String after,
      int want,
      Duration hungryFor)
      throws SQLException {
    return Database.call(
        connection,
        claim,
        statement -> {
          statement.setObject(1, runnerId);
          if (channels.isEmpty()) {
            statement.setNull(2, Types.ARRAY, "_text");
          } else {
            statement.setArray(2, connection.createArrayOf("text", channels.toArray()));
          }
          statement.setString(3, after);
          statement.setInt(4, want);
          statement.setInt(5, Math.toIntExact(hungryFor.toMillis()));
        },
        ClaimCalls::answer);
  }

  /** The runs that the database holds for a runner, by claim. */
  public Map<Long, List<RunKey>> claims(Connection connection, UUID runnerId) throws SQLException {
    return Database.call(
        connection,
        claims,
        statement -> statement.setObject(1, runnerId),
        rows -> {
          Map<Long, List<RunKey>> runs = new LinkedHashMap<>();
          while (rows.next()) {
            UUID[] ids = (UUID[]) rows.getArray(2).getArray();
            Integer[] tokens = (Integer[]) rows.getArray(3).getArray();
            List<RunKey> keys = new ArrayList<>(ids.length);
            for (int i = 0; i < ids.length; i++) {
              keys.add(new RunKey(ids[i], tokens[i]));
            }
            runs.put(rows.getLong(1), keys);
          }
          return runs;
        });
  }

  private static ClaimAnswer answer(ResultSet rows) throws SQLException {
    rows.next(); // always there: it describes the claim as a whole
    String lastGroup = rows.getString(5);
    long claimId = rows.getLong(13);
    OptionalLong claim = rows.wasNull() ? OptionalLong.empty() : OptionalLong.of(claimId);
    long nextDueMs = rows.getLong(14);
    Optional<Duration> nextDue =
        rows.wasNull() ? Optional.empty() : Optional.of(Duration.ofMillis(nextDueMs));
    int taken = rows.getInt(15);
    List<ClaimedJob> jobs = new ArrayList<>();
    while (rows.next()) {
      jobs.add(job(rows));
    }
    return new ClaimAnswer(claim, jobs, taken, lastGroup, nextDue);
  }

  private static ClaimedJob job(ResultSet rows) throws SQLException {
    long timeoutMs = rows.getLong(12);
    Optional<Duration> timeout =
        rows.wasNull() ? Optional.empty() : Optional.of(Duration.ofMillis(timeoutMs));
    return new ClaimedJob(
        new RunKey(rows.getObject(1, UUID.class), rows.getInt(2)),
        rows.getString(7),
        new Channel(rows.getString(5), rows.getString(6)),
        rows.getInt(3),
        rows.getInt(4),
        rows.getBoolean(16),
        timeout,
        rows.getObject(11, OffsetDateTime.class).toInstant(),
        headers(rows.getArray(8)),
        Optional.ofNullable(rows.getString(9)),
        Optional.ofNullable(rows.getBytes(10)));
  }

  static Map<String, String> headers(@Nullable Array array) throws SQLException {
    if (array == null) {
      return Map.of();
    }
    String[] pairs = (String[]) array.getArray();
    Map<String, String> headers = new LinkedHashMap<>();
    for (int i = 0; i + 1 < pairs.length; i += 2) {
      headers.put(pairs[i], pairs[i + 1]);
    }
    return java.util.Collections.unmodifiableMap(headers);
  }
}
