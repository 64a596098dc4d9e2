/** jdbcmq in Spring Boot. */
@NullMarked
package io.jdbcmq.spring;

import org.jspecify.annotations.NullMarked;
