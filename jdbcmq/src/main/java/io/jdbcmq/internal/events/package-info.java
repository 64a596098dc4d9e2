/** Tells listeners what happens. */
@NullMarked
package io.jdbcmq.internal.events;

import org.jspecify.annotations.NullMarked;
