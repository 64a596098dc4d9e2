/** Example: a long import that goes on where it was interrupted. */
@NullMarked
package io.jdbcmq.examples.imports;

import org.jspecify.annotations.NullMarked;
