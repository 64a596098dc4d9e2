/** Payloads as JSON, written and read by Jackson 2. */
@NullMarked
package io.jdbcmq.jackson2;

import org.jspecify.annotations.NullMarked;
