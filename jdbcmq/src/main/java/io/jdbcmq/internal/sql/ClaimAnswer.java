package io.jdbcmq.internal.sql;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The answer to a poll.
 *
 * @param claimId the claim; empty if nothing was claimed
 * @param jobs the claimed jobs, in the order in which to start them
 * @param taken ready rows that the poll looked at, also those of jobs that have to wait after all
 * @param lastGroup the channel group that was served last
 * @param nextDue time until a delayed job, a reservation or an ordered channel of any group has to
 *     be looked at; zero: at once, since there is more of them than one claim looks at; empty:
 *     nothing is known
 */
public record ClaimAnswer(
    OptionalLong claimId,
    List<ClaimedJob> jobs,
    int taken,
    String lastGroup,
    Optional<Duration> nextDue) {}
