/** What the processes saw: one line per event, in a file per process. */
@NullMarked
package io.jdbcmq.torture.history;

import org.jspecify.annotations.NullMarked;
