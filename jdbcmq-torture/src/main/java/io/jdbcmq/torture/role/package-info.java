/** The processes of a run: producers that send, runners that work. */
@NullMarked
package io.jdbcmq.torture.role;

import org.jspecify.annotations.NullMarked;
