/** Metrics of jdbcmq in Micrometer, and observations that carry a trace from sender to handler. */
@NullMarked
package io.jdbcmq.micrometer;

import org.jspecify.annotations.NullMarked;
