package io.jdbcmq.job;

/**
 * A channel: all channels with one name form a group, in which each gets its fair turn.
 *
 * <p>A channel needs no creation; it exists while it has jobs.
 *
 * @param name name of the group, 1 to 1,000 bytes of UTF-8
 * @param args what tells the channels of the group apart, a tenant for example; up to 1,000 bytes,
 *     may be empty
 */
public record Channel(String name, String args) {
  /** The channel of requests that name none. */
  public static final Channel DEFAULT = new Channel("default", "");

  /** Checks the lengths. */
  public Channel {
    Texts.check("channel name", name, 1, 1000);
    Texts.check("channel args", args, 0, 1000);
  }

  /** The only channel of its group. */
  public static Channel of(String name) {
    return new Channel(name, "");
  }

  /** In one line, without control characters. */
  @Override
  public String toString() {
    return "Channel[name=" + Texts.oneLine(name) + ", args=" + Texts.oneLine(args) + "]";
  }
}
