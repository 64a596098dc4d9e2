package io.jdbcmq.job;

import java.time.Duration;
import java.util.Optional;

/**
 * The jobs of one channel name at one moment.
 *
 * @param channelName name of the channel group
 * @param ready can be claimed
 * @param delayed wait for a time: a delay or the next attempt
 * @param reserved wait for their commit
 * @param parked wait behind another one of their ordered channel
 * @param running are claimed by a runner
 * @param dead are dead letters
 * @param oldestDue for how long the oldest ready one has been due: since its send, the earliest
 *     start that was asked for, or its last failed attempt; empty: there is none
 */
public record ChannelStats(
    String channelName,
    long ready,
    long delayed,
    long reserved,
    long parked,
    long running,
    long dead,
    Optional<Duration> oldestDue) {}
