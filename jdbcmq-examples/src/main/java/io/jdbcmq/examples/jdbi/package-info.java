/** Example: jobs in the transactions of Jdbi. */
@NullMarked
package io.jdbcmq.examples.jdbi;

import org.jspecify.annotations.NullMarked;
