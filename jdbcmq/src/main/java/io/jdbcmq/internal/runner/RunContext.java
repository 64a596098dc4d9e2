package io.jdbcmq.internal.runner;

import io.jdbcmq.internal.sql.Database;
import io.jdbcmq.internal.sql.RunCalls;
import io.jdbcmq.spi.PayloadCodec;
import java.time.Duration;
import java.util.Optional;

/**
 * What all runs of a runner have in common.
 *
 * @param calls what a run can ask the database for
 * @param database for transactions of their own
 * @param codec for payloads
 * @param lease for how long a run is alive without a word from its handler; empty: for ever
 */
record RunContext(
    RunCalls calls, Database database, PayloadCodec codec, Optional<Duration> lease) {}
