package io.jdbcmq.internal.sql;

import io.jdbcmq.job.ChannelStats;
import io.jdbcmq.job.QueueStats;
import io.jdbcmq.job.QueueStats.SnapshotHolder;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Calls that count. Thread-safe. */
public final class StatsCalls {
  /** Pages to read of a table: about 16,000 ready jobs. */
  private static final int PAGES = 200;

  private final String stats;
  private final String vacuum;

  /** Calls in this schema. */
  public StatsCalls(Schema schema) {
    stats = schema.select("mq_stats_v1(?)");
    vacuum = schema.select("mq_vacuum_v1()");
  }

  /** What is in the queue, in two round trips. */
  public QueueStats stats(Connection connection) throws SQLException {
    List<ChannelStats> channels = new ArrayList<>();
    boolean exact =
        Database.call(
            connection,
            stats,
            statement -> statement.setInt(1, PAGES),
            rows -> {
              boolean isExact = true;
              while (rows.next()) {
                if (rows.getString(1) != null) { // else there is none
                  channels.add(channel(rows));
                }
                isExact = rows.getBoolean(9);
              }
              return isExact;
            });
    return Database.call(
        connection,
        vacuum,
        statement -> {},
        rows -> {
          rows.next();
          return new QueueStats(channels, exact, rows.getLong(1), holder(rows));
        });
  }

  private static ChannelStats channel(ResultSet rows) throws SQLException {
    return new ChannelStats(
        rows.getString(1),
        rows.getLong(2),
        rows.getLong(3),
        rows.getLong(4),
        rows.getLong(5),
        rows.getLong(6),
        rows.getLong(7),
        millis(rows.getObject(8, Long.class)));
  }

  private static Optional<SnapshotHolder> holder(ResultSet rows) throws SQLException {
    String kind = rows.getString(2);
    return kind == null
        ? Optional.empty()
        : Optional.of(
            new SnapshotHolder(kind, rows.getString(3), millis(rows.getObject(4, Long.class))));
  }

  private static Optional<Duration> millis(@Nullable Long millis) {
    return Optional.ofNullable(millis).map(Duration::ofMillis);
  }
}
