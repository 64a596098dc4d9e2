package io.jdbcmq.torture.check;

/**
 * What the tables were like at a moment.
 *
 * @param bytes of all tables of the queue, with their indexes
 * @param live jobs
 */
public record Sample(long nanos, long bytes, long live) {}
