package io.jdbcmq;

import io.jdbcmq.internal.sql.ChannelCalls;
import io.jdbcmq.job.BlockedChannel;
import io.jdbcmq.job.Channel;
import io.jdbcmq.job.OnDeath;
import java.sql.Connection;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * The channels of a queue, for those who look after it: groups can be paused, and blocked channels
 * be found and let go on. Thread-safe; exceptions as in {@link JobQueue}.
 */
public final class Channels {
  private static final int MAX_PAGE = 1000;

  private final Transactions transactions;
  private final ChannelCalls calls;

  Channels(Transactions transactions, ChannelCalls calls) {
    this.transactions = transactions;
    this.calls = calls;
  }

  /**
   * Pauses channel groups: no runner takes a job of theirs until they are resumed. Sends go on, and
   * so do jobs that run already. A group need not have jobs or runners; one that is paused stays
   * so.
   *
   * @param names of the groups, each 1 to 1,000 bytes of UTF-8
   */
  public void pause(String... names) {
    List<String> groups = groups(names);
    transactions.write("pausing channels", c -> calls.pause(c, groups));
  }

  /** Like {@link #pause(String...)}, in the caller's transaction. */
  public void pause(Connection connection, String... names) {
    List<String> groups = groups(names);
    transactions.callers("pausing channels", connection, c -> calls.pause(c, groups));
  }

  /**
   * Resumes channel groups, so that runners take their jobs again, with those that were sent
   * meanwhile. A group that is not paused stays as it is.
   *
   * @param names of the groups, each 1 to 1,000 bytes of UTF-8
   */
  public void resume(String... names) {
    List<String> groups = groups(names);
    transactions.write("resuming channels", c -> calls.resume(c, groups));
  }

  /** Like {@link #resume(String...)}, in the caller's transaction. */
  public void resume(Connection connection, String... names) {
    List<String> groups = groups(names);
    transactions.callers("resuming channels", connection, c -> calls.resume(c, groups));
  }

  /** The names of the groups that are paused, in order. */
  public Set<String> paused() {
    return transactions.read("looking for paused channels", calls::paused);
  }

  /**
   * Ordered channels in which jobs wait behind one that cannot run now, because it is dead, delayed
   * or reserved. One with {@link OnDeath#BLOCK} that is dead waits for {@link #unblock}, {@link
   * DeadLetters#redrive} or {@link DeadLetters#discard}; the others go on by themselves.
   *
   * @param limit 1 to 1,000
   */
  public List<BlockedChannel> blocked(int limit) {
    if (limit < 1 || limit > MAX_PAGE) {
      throw new IllegalArgumentException("limit must be 1 to 1,000 but was " + limit);
    }
    return transactions.read("looking for blocked channels", c -> calls.blocked(c, limit));
  }

  /**
   * Lets a channel that a dead job holds go on with the next one. The job stays a dead letter.
   *
   * @return whether a dead job held it
   */
  public boolean unblock(Channel channel) {
    return transactions.write("unblocking " + channel, c -> calls.unblock(c, channel));
  }

  /** Like {@link #unblock(Channel)}, in the caller's transaction. */
  public boolean unblock(Connection connection, Channel channel) {
    return transactions.callers(
        "unblocking " + channel, connection, c -> calls.unblock(c, channel));
  }

  private static List<String> groups(String... names) {
    if (names.length == 0) {
      throw new IllegalArgumentException("name a channel: there is no pause of all of them");
    }
    return groups(Arrays.asList(names));
  }

  /**
   * The names, each once, in their order.
   *
   * @throws IllegalArgumentException if no channel can have one of them
   */
  static List<String> groups(Collection<String> names) {
    return names.stream().map(name -> Channel.of(name).name()).distinct().toList();
  }
}
