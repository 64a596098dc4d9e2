package io.jdbcmq.internal.sql;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Calls about leases of runners. Thread-safe. */
public final class LeaseCalls {
  private final String register;
  private final String heartbeat;
  private final String retire;
  private final String rescue;
  private final String topic;

  /** Calls in this schema. */
  public LeaseCalls(Schema schema) {
    register = schema.select("mq_register_runner_v1(?, ?, ?, ?, ?, ?)");
    heartbeat = schema.select("mq_heartbeat_v1(?, ?)");
    retire = schema.select("mq_retire_runner_v1(?)");
    rescue = schema.select("mq_rescue_v1(?)");
    topic = schema.select("mq_topic()");
  }

  /** Registers a runner with a lease from now on. */
  public void register(Connection connection, UUID runnerId, Duration lease, RunnerInfo info)
      throws SQLException {
    Database.call(
        connection,
        register,
        statement -> {
          statement.setObject(1, runnerId);
          statement.setInt(2, Math.toIntExact(lease.toMillis()));
          statement.setLong(3, info.pid());
          statement.setString(4, info.host());
          statement.setString(5, info.version());
          if (info.channels().isEmpty()) {
            statement.setNull(6, Types.ARRAY, "_text");
          } else {
            statement.setArray(6, connection.createArrayOf("text", info.channels().toArray()));
          }
        },
        ResultSet::next);
  }

  /** Renews a lease; false: it has been lost. */
  public boolean heartbeat(Connection connection, UUID runnerId, Duration lease)
      throws SQLException {
    return Database.call(
        connection,
        heartbeat,
        statement -> {
          statement.setObject(1, runnerId);
          statement.setInt(2, Math.toIntExact(lease.toMillis()));
        },
        rows -> rows.next() && rows.getBoolean(1));
  }

  /** Ends a lease. */
  public void retire(Connection connection, UUID runnerId) throws SQLException {
    Database.call(
        connection, retire, statement -> statement.setObject(1, runnerId), ResultSet::next);
  }

  /** Fails the runs of lost runners, of so many claims at most. */
  public List<Rescued> rescue(Connection connection, int maxClaims) throws SQLException {
    return Database.call(
        connection,
        rescue,
        statement -> statement.setInt(1, maxClaims),
        rows -> {
          List<Rescued> rescued = new ArrayList<>();
          while (rows.next()) {
            rescued.add(
                new Rescued(
                    rows.getObject(1, UUID.class),
                    rows.getBoolean(2),
                    rows.getObject(3, UUID.class)));
          }
          return rescued;
        });
  }

  /** The topic to LISTEN on. */
  public String topic(Connection connection) throws SQLException {
    return Database.call(
        connection,
        topic,
        statement -> {},
        rows -> {
          rows.next();
          return rows.getString(1);
        });
  }

  /**
   * A job taken from a lost runner.
   *
   * @param jobId the job
   * @param dead whether that was its last attempt
   * @param runnerId the lost runner
   */
  public record Rescued(UUID jobId, boolean dead, UUID runnerId) {}

  /**
   * What a runner says of itself.
   *
   * @param pid process id
   * @param host name of the machine
   * @param version version of the library
   * @param channels groups that it listens to; empty: all
   */
  public record RunnerInfo(long pid, String host, String version, List<String> channels) {}
}
