package io.jdbcmq.internal.sql;

import io.jdbcmq.job.BlockedChannel;
import io.jdbcmq.job.Channel;
import io.jdbcmq.job.JobState;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/** Calls that look at channels and manage them. Thread-safe. */
public final class ChannelCalls {
  private final String pause;
  private final String resume;
  private final String paused;
  private final String blocked;
  private final String unblock;

  /** Calls in this schema. */
  public ChannelCalls(Schema schema) {
    pause = schema.select("mq_pause_v1(?)");
    resume = schema.select("mq_resume_v1(?)");
    paused = schema.select("mq_paused_v1()");
    blocked = schema.select("mq_blocked_v1(?)");
    unblock = schema.select("mq_unblock_v1(?, ?)");
  }

  /** Lets runners take no more jobs of these groups. */
  public boolean pause(Connection connection, Collection<String> names) throws SQLException {
    return change(connection, pause, names);
  }

  /** Lets runners take jobs of these groups again. */
  public boolean resume(Connection connection, Collection<String> names) throws SQLException {
    return change(connection, resume, names);
  }

  /** The groups that are paused. */
  public Set<String> paused(Connection connection) throws SQLException {
    return Database.call(
        connection,
        paused,
        statement -> {},
        rows -> {
          Set<String> names = new TreeSet<>();
          while (rows.next()) {
            names.add(rows.getString(1));
          }
          return names;
        });
  }

  /** Ordered channels in which jobs wait behind one that cannot run now. */
  public List<BlockedChannel> blocked(Connection connection, int limit) throws SQLException {
    return Database.call(
        connection,
        blocked,
        statement -> statement.setInt(1, limit),
        rows -> {
          List<BlockedChannel> channels = new ArrayList<>();
          while (rows.next()) {
            channels.add(channel(rows));
          }
          return channels;
        });
  }

  /** Lets a channel that a dead job holds go on; false: none does. */
  public boolean unblock(Connection connection, Channel channel) throws SQLException {
    return Database.call(
        connection,
        unblock,
        statement -> {
          statement.setString(1, channel.name());
          statement.setString(2, channel.args());
        },
        rows -> rows.next() && rows.getBoolean(1));
  }

  private static boolean change(Connection connection, String sql, Collection<String> names)
      throws SQLException {
    return Database.call(
        connection,
        sql,
        statement -> statement.setArray(1, connection.createArrayOf("text", names.toArray())),
        ResultSet::next);
  }

  private static BlockedChannel channel(ResultSet rows) throws SQLException {
    return new BlockedChannel(
        new Channel(rows.getString("channel_name"), rows.getString("channel_args")),
        rows.getObject("head_id", UUID.class),
        JobState.valueOf(rows.getString("head_state").toUpperCase(Locale.ROOT)),
        rows.getObject("since", OffsetDateTime.class).toInstant(),
        Optional.ofNullable(rows.getObject("until", OffsetDateTime.class))
            .map(OffsetDateTime::toInstant),
        rows.getLong("waiting"));
  }
}
