package io.jdbcmq.job;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What is in the queue at one moment.
 *
 * @param channels by channel name, in the order of the names; only those that have jobs or dead
 *     letters
 * @param exact whether the numbers are counts. Otherwise the queue is large, and they are estimates
 *     from a part of it, but for those of running jobs; a name that has few jobs may then be
 *     missing
 * @param deadRows rows of the queue's tables that vacuum has not removed yet, by PostgreSQL's own
 *     statistics. Millions of them slow a queue down
 * @param oldestSnapshot what may keep vacuum from removing them; empty: nothing that this user of
 *     the database may see
 */
public record QueueStats(
    List<ChannelStats> channels,
    boolean exact,
    long deadRows,
    Optional<SnapshotHolder> oldestSnapshot) {
  /** Copies the list. */
  public QueueStats {
    channels = List.copyOf(channels);
  }

  /**
   * Who holds the oldest snapshot of the database.
   *
   * @param kind "transaction", "prepared transaction" or "replication slot"
   * @param name process id, global identifier, or name of the slot
   * @param held since when; empty for a replication slot
   */
  public record SnapshotHolder(String kind, String name, Optional<Duration> held) {}
}
