/** How runners hear of work. */
@NullMarked
package io.jdbcmq.internal.notify;

import org.jspecify.annotations.NullMarked;
