/** Calls of the protocol functions; the home of java.sql. */
@NullMarked
package io.jdbcmq.internal.sql;

import org.jspecify.annotations.NullMarked;
