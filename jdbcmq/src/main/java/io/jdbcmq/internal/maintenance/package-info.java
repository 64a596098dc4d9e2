/** Leases, and the rescue of what lost runners held. */
@NullMarked
package io.jdbcmq.internal.maintenance;

import org.jspecify.annotations.NullMarked;
