package io.jdbcmq.job;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * An ordered channel in which jobs wait behind one that cannot run now.
 *
 * @param channel where they wait
 * @param headId the id of the job that holds the channel
 * @param headState why: {@code DEAD} with {@link OnDeath#BLOCK}, {@code DELAYED}, or {@code
 *     RESERVED}
 * @param since when it died, or was sent if it is not dead, by the database's clock
 * @param until when the delay or the reservation ends; empty for a dead job, which waits for
 *     somebody to act
 * @param waiting how many jobs wait behind it, counted up to 1,000
 */
public record BlockedChannel(
    Channel channel,
    UUID headId,
    JobState headState,
    Instant since,
    Optional<Instant> until,
    long waiting) {}
