/** Defects that are built in on purpose, to see that the checker finds them. */
@NullMarked
package io.jdbcmq.torture.plant;

import org.jspecify.annotations.NullMarked;
