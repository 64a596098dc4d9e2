package io.jdbcmq.internal.sql;

import java.util.UUID;

/**
 * One run of a job.
 *
 * @param id the job
 * @param token the fencing token of the run
 */
public record RunKey(UUID id, int token) {}
