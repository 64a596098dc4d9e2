package io.jdbcmq.opentelemetry;

import io.jdbcmq.job.ChannelStats;
import io.jdbcmq.job.QueueStats;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The channels to show: those that have jobs, those that had some lately, and one for all that
 * there is no room for. Not thread-safe.
 */
final class RecentChannels {
  /** How often a channel may be missing: estimates of a large queue leave small ones out. */
  private static final int MAX_MISSES = 40;

  private final Map<String, Integer> misses = new HashMap<>();
  private final int max;
  private List<ChannelStats> shown = List.of();
  private @Nullable QueueStats seen;

  RecentChannels(int max) {
    this.max = max;
  }

  /** Counts what is missing once for each reading of the numbers. */
  @SuppressWarnings("ReferenceEquality") // numbers that have not changed are a new reading, too
  List<ChannelStats> shown(QueueStats found) {
    if (found != seen) {
      seen = found;
      shown = update(found);
    }
    return shown;
  }

  private List<ChannelStats> update(QueueStats found) {
    Map<String, ChannelStats> channels = new LinkedHashMap<>();
    misses.keySet().forEach(name -> channels.put(name, nothing(name)));
    misses.replaceAll((name, count) -> count + 1);
    for (ChannelStats channel : found.channels()) {
      String name = hasRoomFor(channel.channelName()) ? channel.channelName() : BoundedNames.OTHER;
      misses.put(name, 0);
      channels.merge(name, named(name, channel), RecentChannels::sum);
    }
    misses.values().removeIf(count -> count > MAX_MISSES);
    channels.keySet().retainAll(misses.keySet());
    return List.copyOf(channels.values());
  }

  private boolean hasRoomFor(String name) {
    int room = misses.containsKey(BoundedNames.OTHER) ? max + 1 : max;
    return misses.containsKey(name) || misses.size() < room;
  }

  private static ChannelStats nothing(String channelName) {
    return new ChannelStats(channelName, 0, 0, 0, 0, 0, 0, Optional.empty());
  }

  private static ChannelStats named(String name, ChannelStats channel) {
    return sum(nothing(name), channel);
  }

  private static ChannelStats sum(ChannelStats one, ChannelStats other) {
    boolean isOlder =
        other.oldestDue().isPresent()
            && (one.oldestDue().isEmpty()
                || other.oldestDue().get().compareTo(one.oldestDue().get()) > 0);
    return new ChannelStats(
        one.channelName(),
        one.ready() + other.ready(),
        one.delayed() + other.delayed(),
        one.reserved() + other.reserved(),
        one.parked() + other.parked(),
        one.running() + other.running(),
        one.dead() + other.dead(),
        isOlder ? other.oldestDue() : one.oldestDue());
  }
}
