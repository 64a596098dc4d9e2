/**
 * Attacks the queue: processes that send and run jobs, faults between them and PostgreSQL, and a
 * checker of what they saw.
 */
@NullMarked
package io.jdbcmq.torture;

import org.jspecify.annotations.NullMarked;
