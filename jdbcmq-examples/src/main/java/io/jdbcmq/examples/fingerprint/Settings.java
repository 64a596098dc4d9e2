package io.jdbcmq.examples.fingerprint;

/**
 * What the command line asks for.
 *
 * @param runners processes that run jobs
 * @param kill whether one of them is killed
 * @param keep whether data and logs stay
 */
record Settings(int runners, boolean kill, boolean keep) {}
