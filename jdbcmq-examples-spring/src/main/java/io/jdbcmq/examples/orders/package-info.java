/** A web application that takes orders, and ships them by jobs. */
@NullMarked
package io.jdbcmq.examples.orders;

import org.jspecify.annotations.NullMarked;
