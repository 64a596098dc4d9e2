/** Example: a job that belongs together with something outside of the database. */
@NullMarked
package io.jdbcmq.examples.payments;

import org.jspecify.annotations.NullMarked;
