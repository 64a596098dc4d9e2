package io.jdbcmq.internal.sql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Calls with which a runner settles what became of its runs. Thread-safe. */
public final class SettleCalls {
  private final String complete;
  private final String resolve;
  private final String fail;
  private final String snooze;
  private final String handBack;
  private final String lost;

  /** Calls in this schema. */
  public SettleCalls(Schema schema) {
    complete = schema.select("mq_complete_v1(?, ?, ?)");
    resolve = schema.select("mq_resolve_v1(?, ?)");
    fail = schema.select("mq_fail_v1(?, ?, ?, ?, ?)");
    snooze = schema.select("mq_snooze_v1(?, ?, ?, ?)");
    handBack = schema.select("mq_hand_back_v1(?, ?, ?, ?)");
    lost = schema.select("mq_lost_v1(?, ?)");
  }

  /** Completes runs, forgets claims, and returns the ids of the runs that were refused. */
  public Set<UUID> complete(Connection connection, List<RunKey> runs, Collection<Long> claims)
      throws SQLException {
    return Database.call(
        connection,
        complete,
        statement -> {
          bind(statement, runs);
          bindClaims(statement, 3, claims);
        },
        SettleCalls::ids);
  }

  /**
   * Of the given runs, those that are not completed: true where that is in doubt, because a
   * transaction that may complete it is still open.
   */
  public Map<UUID, Boolean> resolve(Connection connection, List<RunKey> runs) throws SQLException {
    return Database.call(
        connection, resolve, statement -> bind(statement, runs), SettleCalls::flags);
  }

  /** Fails runs and returns what became of their jobs: true where it is dead; no entry: refused. */
  public Map<UUID, Boolean> fail(
      Connection connection, List<RunKey> runs, List<Failure> failures, Collection<Long> claims)
      throws SQLException {
    return Database.call(
        connection,
        fail,
        statement -> {
          bind(statement, runs);
          statement.setArray(
              3, connection.createArrayOf("text", failures.stream().map(Failure::error).toArray()));
          if (failures.stream().anyMatch(Failure::isFinal)) {
            statement.setArray(
                4,
                connection.createArrayOf(
                    "bool", failures.stream().map(Failure::isFinal).toArray()));
          } else {
            statement.setNull(4, Types.ARRAY, "_bool");
          }
          bindClaims(statement, 5, claims);
        },
        SettleCalls::flags);
  }

  /** Puts jobs off without using an attempt, and returns the ids of the runs that were current. */
  public Set<UUID> snooze(
      Connection connection, List<RunKey> runs, List<Duration> delays, Collection<Long> claims)
      throws SQLException {
    return Database.call(
        connection,
        snooze,
        statement -> {
          bind(statement, runs);
          statement.setArray(
              3,
              connection.createArrayOf("int8", delays.stream().map(Duration::toMillis).toArray()));
          bindClaims(statement, 4, claims);
        },
        SettleCalls::ids);
  }

  /** Hands runs back that never started, and returns the ids of those that were current. */
  public Set<UUID> handBack(
      Connection connection, List<RunKey> runs, boolean unknown, Collection<Long> claims)
      throws SQLException {
    return Database.call(
        connection,
        handBack,
        statement -> {
          bind(statement, runs);
          statement.setBoolean(3, unknown);
          bindClaims(statement, 4, claims);
        },
        SettleCalls::ids);
  }

  /** Of the given runs, the ids of those that are no longer current. */
  public Set<UUID> lost(Connection connection, List<RunKey> runs) throws SQLException {
    return Database.call(connection, lost, statement -> bind(statement, runs), SettleCalls::ids);
  }

  private static void bind(PreparedStatement statement, List<RunKey> runs) throws SQLException {
    Object[] ids = new Object[runs.size()];
    Object[] tokens = new Object[runs.size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = runs.get(i).id();
      tokens[i] = runs.get(i).token();
    }
    statement.setArray(1, statement.getConnection().createArrayOf("uuid", ids));
    statement.setArray(2, statement.getConnection().createArrayOf("int4", tokens));
  }

  private static void bindClaims(PreparedStatement statement, int position, Collection<Long> claims)
      throws SQLException {
    statement.setArray(position, statement.getConnection().createArrayOf("int8", claims.toArray()));
  }

  private static Set<UUID> ids(ResultSet rows) throws SQLException {
    Set<UUID> ids = new HashSet<>();
    while (rows.next()) {
      ids.add(rows.getObject(1, UUID.class));
    }
    return ids;
  }

  private static Map<UUID, Boolean> flags(ResultSet rows) throws SQLException {
    Map<UUID, Boolean> flags = new HashMap<>();
    while (rows.next()) {
      flags.put(rows.getObject(1, UUID.class), rows.getBoolean(2));
    }
    return flags;
  }

  /**
   * Why a run failed.
   *
   * @param error kept with the job
   * @param isFinal whether the job is to die now, whatever retries it has left
   */
  public record Failure(String error, boolean isFinal) {
    /** Leaves the error out. */
    @Override
    public String toString() {
      return isFinal ? "final failure" : "failure";
    }
  }
}
