/** Front doors of the job queue: sending jobs, registering handlers and running them. */
@NullMarked
package io.jdbcmq;

import org.jspecify.annotations.NullMarked;
