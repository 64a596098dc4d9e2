/** Programs that show jdbcmq at work. */
@NullMarked
package io.jdbcmq.examples;

import org.jspecify.annotations.NullMarked;
