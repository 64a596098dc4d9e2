/** Load generator and measurements. */
@NullMarked
package io.jdbcmq.bench;

import org.jspecify.annotations.NullMarked;
