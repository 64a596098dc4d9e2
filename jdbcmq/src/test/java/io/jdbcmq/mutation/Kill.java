package io.jdbcmq.mutation;

import io.jdbcmq.mutation.TestRun.Verdict;

/**
 * How a mutant was found.
 *
 * @param test the test that did not pass
 */
record Kill(String test, Verdict verdict) {}
