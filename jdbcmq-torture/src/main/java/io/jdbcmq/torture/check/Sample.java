package io.jdbcmq.torture.check;

/**
 * What the tables were like at a moment.
 *
 * @param liveBytes of the tables whose rows come and go, with their indexes
 * @param deadBytes of those that grow with each dead letter
 * @param live jobs
 */
public record Sample(long nanos, long liveBytes, long deadBytes, long live) {}
