/** Tests of applications that use jdbcmq. */
@NullMarked
package io.jdbcmq.test;

import org.jspecify.annotations.NullMarked;
