/**
 * Servers to be attacked that need more than the embedded one: a pair with a standby, a pooler, and
 * programs to dump.
 */
@NullMarked
package io.jdbcmq.torture.server;

import org.jspecify.annotations.NullMarked;
