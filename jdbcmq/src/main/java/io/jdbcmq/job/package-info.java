/** The nouns of jdbcmq: requests, results, the running job, and the exceptions. */
@NullMarked
package io.jdbcmq.job;

import org.jspecify.annotations.NullMarked;
