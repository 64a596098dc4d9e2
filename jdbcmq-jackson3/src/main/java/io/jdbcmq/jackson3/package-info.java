/** Payloads as JSON, written and read by Jackson 3. */
@NullMarked
package io.jdbcmq.jackson3;

import org.jspecify.annotations.NullMarked;
