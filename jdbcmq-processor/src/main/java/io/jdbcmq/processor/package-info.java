/**
 * The annotation processor: reads methods with {@code @Job} and generates a class next to theirs,
 * which makes requests and binds handlers.
 */
@NullMarked
package io.jdbcmq.processor;

import org.jspecify.annotations.NullMarked;
