/** Metrics and traces of jdbcmq in OpenTelemetry. */
@NullMarked
package io.jdbcmq.opentelemetry;

import org.jspecify.annotations.NullMarked;
