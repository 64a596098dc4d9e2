package io.jdbcmq.examples.fingerprint;

import java.time.Duration;

/**
 * What a run of a job found out.
 *
 * @param attempt number of the run, from 1
 * @param runner name of the process
 * @param took time from the start of the handler until now
 */
record Result(long fileId, Fingerprint fingerprint, int attempt, String runner, Duration took) {}
