/** What goes wrong on purpose. */
@NullMarked
package io.jdbcmq.torture.fault;

import org.jspecify.annotations.NullMarked;
