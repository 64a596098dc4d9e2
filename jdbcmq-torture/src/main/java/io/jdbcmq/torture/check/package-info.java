/** Decides from histories and from what is left in the database whether the promises were kept. */
@NullMarked
package io.jdbcmq.torture.check;

import org.jspecify.annotations.NullMarked;
