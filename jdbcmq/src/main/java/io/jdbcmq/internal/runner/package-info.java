/** Fetching jobs, running their handlers, and settling their outcome. */
@NullMarked
package io.jdbcmq.internal.runner;

import org.jspecify.annotations.NullMarked;
