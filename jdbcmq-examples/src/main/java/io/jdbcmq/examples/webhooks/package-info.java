/** Example: webhooks that reach each customer in order. */
@NullMarked
package io.jdbcmq.examples.webhooks;

import org.jspecify.annotations.NullMarked;
