package io.jdbcmq.torture.check;

/**
 * Something that was seen at a moment and that a fault explains; otherwise it breaks a promise.
 *
 * @param nanos when, by the clock of the histories
 */
public record Lapse(long nanos, Violation.Promise promise, String what) {}
