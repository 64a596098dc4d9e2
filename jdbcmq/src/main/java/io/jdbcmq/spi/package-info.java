/** What users plug in. */
@NullMarked
package io.jdbcmq.spi;

import org.jspecify.annotations.NullMarked;
