/** A real, durable PostgreSQL server that a Java process starts and stops: for tests and demos. */
@NullMarked
package io.jdbcmq.embedded;

import org.jspecify.annotations.NullMarked;
